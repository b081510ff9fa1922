import { packageRevisions } from "../../api/resources.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { CATALOG_TARGET } from "../../core/identity/location.ts";
import { compareRevisions } from "../../core/identity/revision.ts";
import { fieldSelector } from "../../kube/client/field-selector.ts";
import type { Cluster } from "../context.ts";
import { type Candidate, identityKey, type PackageIdentity } from "../names/query.ts";

/** All revisions of a package. */
export async function listRevisions(
  { client }: Cluster,
  namespace: string,
  id: PackageIdentity,
): Promise<readonly PackageRevision[]> {
  const selector = {
    "spec.packageRevID.repository": id.repository,
    // A fleet has a package of this name for each target. In a catalog both `catalog` and nothing mean the same.
    "spec.packageRevID.target": id.target === CATALOG_TARGET ? undefined : id.target,
    "spec.packageRevID.realm": id.realm,
    "spec.packageRevID.package": id.package,
  };
  const { items } = await client.list(packageRevisions, { namespace, fieldSelector: fieldSelector(selector) });
  return items.filter((one) => identityKey(one.spec.packageRevID) === identityKey(id));
}

/**
 * The published revision that came before: of a draft or proposal the one that it began from, of a published revision
 * the next lower one. Undefined if it is the first.
 * @param siblings all revisions of the package
 */
export function previousOf<C extends Candidate>({ status }: C, siblings: readonly C[]): C | undefined {
  const own = status?.revision;
  const base = status?.base?.revision;
  if (own === undefined) return siblings.find((one) => base !== undefined && one.status?.revision === base);
  return siblings
    .filter((one) => one.status?.revision !== undefined && compareRevisions(one.status.revision, own) < 0)
    .sort((a, b) => compareRevisions(b.status?.revision ?? "", a.status?.revision ?? ""))
    .at(0);
}
