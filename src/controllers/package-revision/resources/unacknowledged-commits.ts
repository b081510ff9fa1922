import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { CommitMetadata } from "../../../core/revision/commit-trailers.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { wereEditedAfter } from "../../../core/revision/page-versions.ts";
import type { RevisionScope } from "../scope.ts";
import { digestOf } from "./precompute-hashes.ts";

/** A commit of an earlier version of these pages, which were edited further since. */
interface UnacknowledgedCommit {
  /** The files that it changed, as they are after it; undefined for those that it removed. */
  readonly changed: ReadonlyMap<string, PackageFile | undefined>;
  /** The commit itself and those after it: a page that shows one of them has the commit's changes. */
  readonly since: ReadonlySet<Oid>;
}

interface ChainLink {
  readonly oid: Oid;
  readonly parent?: Oid;
  readonly metadata?: CommitMetadata;
}

/** How far back the branch is searched: an operator is hardly ended more often between push and acknowledgement. */
const MAX_COMMITS = 50;
/** Bytes that they changed, together: all of it is in memory. Without these commits, edits may be conflicts. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The operator's commits that no page shows yet, oldest first: it was ended between push and acknowledgement. */
export async function findUnacknowledgedCommits(
  { store, admit }: Pick<RevisionScope, "store" | "admit">,
  view: RevisionView,
  draft: DraftBranch,
  { pages, until }: { readonly pages: readonly PackageRevisionResources[]; readonly until: Oid },
): Promise<readonly UnacknowledgedCommit[]> {
  const chain: ChainLink[] = [];
  for (let at: Oid | undefined = draft.commit; at !== undefined && at !== until && chain.length < MAX_COMMITS; ) {
    const link: ChainLink = { oid: at, ...(await store.describeCommit(at)) };
    chain.push(link);
    at = link.parent;
  }
  // The pages show a commit that is not in this history: which commits came after it is unknown.
  if (chain.at(-1)?.parent !== until) return [];
  const found: UnacknowledgedCommit[] = [];
  let bytes = 0;
  // One after the other: before and after each, the whole package is read.
  for (const [index, { oid, parent, metadata }] of chain.entries()) {
    if (parent === undefined || !wereEditedAfter(metadata?.contents, pages)) continue;
    const { files: before } = await store.readCommit(view, parent, admit);
    const { files: after } = await store.readCommit(view, oid, admit);
    // Trailers that were copied onto other files say nothing about these.
    if ((await digestOf(after)) !== metadata?.digest) continue;
    const changed = changesOf(before, after);
    for (const file of changed.values()) bytes += file?.bytes?.length ?? 0;
    if (bytes > MAX_BYTES) return [];
    found.push({ changed, since: new Set(chain.slice(0, index + 1).map((one) => one.oid)) });
  }
  return found.reverse();
}

export function changesOf(
  before: readonly PackageFile[],
  after: readonly PackageFile[],
): ReadonlyMap<string, PackageFile | undefined> {
  const [old, current] = [before, after].map((all) => new Map(all.map((file) => [file.path, file])));
  const changed = new Map<string, PackageFile | undefined>();
  for (const path of new Set([...(old?.keys() ?? []), ...(current?.keys() ?? [])])) {
    const file = current?.get(path);
    if (old?.get(path)?.oid !== file?.oid) changed.set(path, file);
  }
  return changed;
}

/**
 * The base of edits: the files that pages show, with the changes of unacknowledged commits.
 * @param shownAt the commit at which a path is shown
 */
export function applyUnacknowledgedCommits(
  base: readonly PackageFile[],
  commits: readonly UnacknowledgedCommit[],
  shownAt: (path: string) => Oid,
): readonly PackageFile[] {
  const files = new Map(base.map((file) => [file.path, file]));
  for (const { changed, since } of commits) {
    for (const [path, file] of changed) {
      if (since.has(shownAt(path))) continue;
      if (file === undefined) files.delete(path);
      else files.set(path, file);
    }
  }
  return [...files.values()];
}
