import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { LABEL_LATEST } from "../../../api/v1alpha1/well-known.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import type { RevisionDependencies } from "../dependencies.ts";

/** Sets or removes the label of a package's latest revision. Calls the API only if that changes the object. */
export async function labelLatest(
  { client }: Pick<RevisionDependencies, "client">,
  object: PackageRevision,
  isLatest: boolean,
): Promise<PackageRevision> {
  const { namespace, name } = object.metadata;
  const body = latestLabelPatch(object, isLatest);
  if (body === undefined) return object;
  return await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
}

/** The merge patch that corrects the label; undefined if it is correct. */
export function latestLabelPatch({ metadata: { labels } }: PackageRevision, isLatest: boolean): object | undefined {
  if ((labels?.[LABEL_LATEST] === "true") === isLatest) return undefined;
  return { metadata: { labels: { [LABEL_LATEST]: isLatest ? "true" : null } } };
}
