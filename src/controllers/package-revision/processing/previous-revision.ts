import type { DraftBase } from "../../../api/v1alpha1/package-revision-status.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import { locationOf, packagePath } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { packageKey } from "../indexes.ts";
import type { RevisionScope } from "../scope.ts";

/** The published revision that a draft or proposal began from. */
export type PreviousRevision =
  | {
      readonly kind: "published";
      readonly commit: Oid;
      /** Of its folder, where that is known: equal for equal files. */
      readonly tree?: Oid;
      /** Its tag may be gone, and its commit with it. */
      readonly mayBeGone: boolean;
    }
  /** There was none. */
  | { readonly kind: "none" }
  /** It is not known yet where the draft began, or that revision has been deleted. */
  | { readonly kind: "unknown" };

export function previousOf(
  { object, store, dependencies }: Pick<RevisionScope, "object" | "store" | "dependencies">,
  base: DraftBase | undefined,
): PreviousRevision {
  if (base === undefined) return { kind: "unknown" };
  if (base.revision === undefined) return { kind: "none" };
  const latest = store.latest(packagePath(store.layout, locationOf(object.spec.packageRevID, store.layout)));
  if (latest?.revision === base.revision) {
    return { kind: "published", commit: latest.commit, tree: latest.tree, mayBeGone: false };
  }
  // Objects come after the tags.
  const siblings = dependencies.revisions.byIndex("numbered", packageKey(object));
  const commit = siblings.find(({ status }) => status?.revision === base.revision)?.status?.commit;
  return commit === undefined ? { kind: "unknown" } : { kind: "published", commit, mayBeGone: true };
}

/**
 * Its files; undefined if there was none. Rejects while a commit that has a tag is missing, such as while a mirror is
 * cloned again: the result of the run is kept.
 */
export async function previousFiles(
  { store }: Pick<RevisionScope, "store">,
  view: RevisionView,
  previous: PreviousRevision,
): Promise<readonly PackageFile[] | undefined | "unknown"> {
  if (previous.kind !== "published") return previous.kind === "none" ? undefined : "unknown";
  if (previous.mayBeGone && !(await store.hasCommit(previous.commit))) return "unknown";
  return (await store.readCommit(view, previous.commit)).files;
}
