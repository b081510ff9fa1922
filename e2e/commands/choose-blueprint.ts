import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";

/**
 * The package revision that the demo clones: the first latest revision with at most 20 files, else the first latest
 * one.
 */
export function chooseBlueprint(revisions: readonly PackageRevision[]): PackageRevision {
  const latest = revisions.filter((one) => one.metadata.labels?.["pkg.pkgserver.dev/latest"] === "true");
  const small = latest.filter((one) => (one.status?.files ?? 0) <= 20);
  const [first] = small.length > 0 ? small : latest;
  if (first === undefined) throw new Error("the catalog has no published revision");
  return first;
}
