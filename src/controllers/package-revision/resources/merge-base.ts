import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import { pageNumber } from "../../../core/identity/names.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { type RevisionScope, readerOf, readTree } from "../scope.ts";
import { applyUnacknowledgedCommits, findUnacknowledgedCommits } from "./unacknowledged-commits.ts";

/**
 * The files that users' edits started from; undefined where that is what the branch holds now, `gone` where their commit is
 * in no history any more. Each page says itself which
 * commit it shows: the package revision's status may be older, when the operator was killed between the two. What is written
 * to all pages ends with page 1: where that shows the branch, all do, and one whose commit is older has not changed since.
 * Edits that were pushed, not acknowledged, and made anew since, started from what was pushed.
 *
 * @param placed path → the number of the page that has it
 */
export async function readMergeBase(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  placed: ReadonlyMap<string, number>,
): Promise<readonly PackageFile[] | "gone" | undefined> {
  const { metadata, status } = session.object;
  const shown = new Map<number, Oid>();
  for (const page of pages) {
    const commit = page.status?.commit ?? status?.commit;
    if (commit !== undefined) shown.set(pageNumber(metadata.name, page.metadata.name), commit);
  }
  const commits = new Set(shown.values());
  if (commits.size === 0 || shown.get(1) === draft.commit) return undefined;
  const reader = readerOf(session);
  const there = await Promise.all([...commits].map((commit) => reader.info(commit)));
  if (there.includes(undefined)) return "gone";
  const read = async (commit: Oid) => (await readTree(session, view, await reader.treeAt(commit, view.path))).files;
  const [first = draft.commit] = commits;
  // Cut off between two pages. What is on none of them is taken as it was before, so that nothing of others is undone.
  const before = commits.size === 1 ? first : (status?.commit ?? first);
  const trees = await Promise.all(
    [...new Set([before, ...commits])].map(async (one) => [one, await read(one)] as const),
  );
  const shownOf = (path: string) => shown.get(placed.get(path) ?? 0) ?? before;
  const base = trees.flatMap(([commit, files]) => files.filter(({ path }) => shownOf(path) === commit));
  const own = await findUnacknowledgedCommits(session, view, draft, { pages, until: shown.get(1) ?? before });
  return applyUnacknowledgedCommits(base, own, shownOf);
}
