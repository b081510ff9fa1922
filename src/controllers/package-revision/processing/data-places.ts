import type { Repository } from "../../../api/v1alpha1/repository.ts";
import type { RevisionScope } from "../scope.ts";
import { packageOfTarget } from "../targets/package-of-target.ts";
import type { ClusterAccess } from "./cluster-data.ts";
import type { DataPlaces } from "./data-sources.ts";

/** Where the data blocks of a package revision may look; undefined where blocks are not rendered. */
export function placesOf(scope: RevisionScope): DataPlaces | undefined {
  const { repository } = scope.observation;
  if (repository?.spec.deployment !== true) return undefined;
  return { place: packageOfTarget(scope), access: accessOf(repository) };
}

function accessOf({ metadata: { namespace = "" }, spec: { clusterData } }: Repository): ClusterAccess | undefined {
  if (clusterData === undefined) return undefined;
  const { serviceAccountName: name, kinds } = clusterData;
  return { account: { namespace, name }, kinds };
}
