import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { CommitMetadata } from "../../../core/revision/commit-trailers.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { wereEditedAfter } from "../../../core/revision/page-versions.ts";
import type { RevisionScope } from "../scope.ts";
import { digestOf } from "./precompute-hashes.ts";

/**
 * A commit of an earlier version of these pages, which were edited further since, and the files before and after it.
 */
interface UnacknowledgedCommit {
  readonly before: readonly PackageFile[];
  readonly after: readonly PackageFile[];
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

/** The operator's commits that no page shows yet, oldest first: it was ended between push and acknowledgement. */
export async function findUnacknowledgedCommits(
  { store }: Pick<RevisionScope, "store">,
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
  const found = chain.map(async ({ oid, parent, metadata }, index): Promise<UnacknowledgedCommit | undefined> => {
    if (parent === undefined || !wereEditedAfter(metadata?.contents, pages)) return undefined;
    const [before, after] = await Promise.all([store.readCommit(view, parent), store.readCommit(view, oid)]);
    // Trailers that were copied onto other files say nothing about these.
    if ((await digestOf(after.files)) !== metadata?.digest) return undefined;
    const since = new Set(chain.slice(0, index + 1).map((one) => one.oid));
    return { before: before.files, after: after.files, since };
  });
  return (await Promise.all(found)).flatMap((one) => one ?? []).reverse();
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
  for (const { before, after, since } of commits) {
    const [old, current] = [before, after].map((all) => new Map(all.map((file) => [file.path, file])));
    for (const path of new Set([...(old?.keys() ?? []), ...(current?.keys() ?? [])])) {
      const file = current?.get(path);
      if (old?.get(path)?.oid === file?.oid || since.has(shownAt(path))) continue;
      if (file === undefined) files.delete(path);
      else files.set(path, file);
    }
  }
  return [...files.values()];
}
