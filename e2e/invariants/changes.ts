import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { packageKey } from "../../src/controllers/package-revision/indexes.ts";
import { CATALOG_TARGET } from "../../src/core/identity/location.ts";
import { comparePackages } from "../../src/core/review/compare-packages.ts";
import { summarize } from "../../src/core/review/summary.ts";
import { type ClusterFiles, filesOf } from "./cluster-files.ts";
import type { ClusterView, Violation } from "./observation.ts";
import { keyOf } from "./situation.ts";

/**
 * 9: what a draft or proposal is said to change is what its files and those of the revision that it began from show.
 * Where not all of these files are in the cluster, nothing is compared; nor where packages are below the package: which
 * files belong to a revision without a record then depends on the tags at the time when its object was made.
 */
export function checkChanges(view: Pick<ClusterView, "revisions" | "contents">): readonly Violation[] {
  return view.revisions.flatMap((revision): readonly Violation[] => {
    const { changes, lifecycle } = revision.status ?? {};
    if (changes === undefined || (lifecycle !== "draft" && lifecycle !== "proposed")) return [];
    if (hasNested(revision, view.revisions)) return [];
    const [before, after] = [filesBefore(revision, view), filesOf(revision, view)];
    if (before === undefined || after === undefined) return [];
    const summary = summarize(comparePackages(before, after));
    if (summary === changes) return [];
    const message = `is said to change ${JSON.stringify(changes)}, and its files show ${JSON.stringify(summary)}`;
    return [{ invariant: 9, subject: keyOf(revision), message }];
  });
}

function hasNested(of: PackageRevision, revisions: readonly PackageRevision[]): boolean {
  const path = pathOf(of);
  return revisions.some(
    (one) =>
      one.metadata.namespace === of.metadata.namespace &&
      one.spec.packageRevID.repository === of.spec.packageRevID.repository &&
      pathOf(one).startsWith(`${path}/`),
  );
}

function pathOf({ spec: { packageRevID: id } }: PackageRevision): string {
  return [id.target ?? CATALOG_TARGET, id.realm, id.package].filter((part) => part !== undefined).join("/");
}

function filesBefore(of: PackageRevision, view: Pick<ClusterView, "revisions" | "contents">): ClusterFiles | undefined {
  const { base } = of.status ?? {};
  if (base === undefined) return undefined;
  if (base.revision === undefined) return new Map();
  const key = packageKey(of);
  const before = view.revisions.find((one) => one.status?.revision === base.revision && packageKey(one) === key);
  return before && filesOf(before, view);
}
