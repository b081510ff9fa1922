import type { Repository } from "../../../api/v1alpha1/repository.ts";
import type { RevisionScope } from "../scope.ts";
import { packageOfTarget } from "../targets/package-of-target.ts";
import type { ClusterAccess } from "./cluster-data.ts";
import type { DataPlaces } from "./data-sources.ts";

/** Where a package revision finds what it needs. In a catalog, where blocks are not rendered, only other packages. */
export function placesOf(scope: RevisionScope): DataPlaces {
  const { object, dependencies, observation } = scope;
  const { repository } = observation;
  const needs: DataPlaces["needs"] = async (apis) => await dependencies.needs.resolve(object, apis);
  if (repository?.spec.deployment !== true) return { needs };
  return { needs, place: packageOfTarget(scope), access: accessOf(repository) };
}

function accessOf({ metadata: { namespace = "" }, spec: { clusterData } }: Repository): ClusterAccess | undefined {
  if (clusterData === undefined) return undefined;
  const { serviceAccountName: name, kinds } = clusterData;
  return { account: { namespace, name }, kinds };
}
