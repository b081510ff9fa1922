import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import { pageNumber } from "../../../core/identity/names.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { RevisionScope } from "../scope.ts";
import { digestOf } from "./precompute-hashes.ts";
import { applyUnacknowledgedCommits, findUnacknowledgedCommits } from "./unacknowledged-commits.ts";

export type MergeBase =
  /** The branch holds exactly the files that the edits started from. */
  | { readonly kind: "current" }
  | { readonly kind: "files"; readonly files: readonly PackageFile[] }
  /** A commit that the pages show is in no history any more, or no page shows one: their creation was interrupted. */
  | { readonly kind: "lost" };

/**
 * The files that users' edits started from. Each page's status names the commit that the page shows; the package
 * revision's status may be older, if the operator was ended between the two writes. Page 1 is written last: if it shows
 * the branch's head, all pages do, and a page with an older commit has not changed since. Edits that were pushed but
 * not acknowledged, and edited again since, started from what was pushed.
 *
 * @param placed path → number of the page that holds it
 * @param inGit the files of the branch
 */
export async function readMergeBase(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  placed: ReadonlyMap<string, number>,
  inGit: readonly PackageFile[],
): Promise<MergeBase> {
  const { store, object } = scope;
  const { metadata, status } = object;
  const shown = new Map<number, Oid>();
  for (const page of pages) {
    const commit = page.status?.commit ?? status?.commit;
    if (commit !== undefined) shown.set(pageNumber(metadata.name, page.metadata.name), commit);
  }
  const commits = new Set(shown.values());
  if (commits.size === 0) return { kind: "lost" };
  if (shown.get(1) === draft.commit) {
    const known = await withoutUnshownFiles(scope, draft.commit, inGit, placed);
    return known === inGit ? { kind: "current" } : { kind: "files", files: known };
  }
  const present = await Promise.all([...commits].map((commit) => store.hasCommit(commit)));
  if (present.includes(false)) return { kind: "lost" };
  const [first = draft.commit] = commits;
  // Interrupted between two pages. A file on none of them is taken as it was before, so that no foreign change is
  // undone.
  const before = commits.size === 1 ? first : (status?.commit ?? first);
  const trees = await Promise.all(
    [...new Set([before, ...commits])].map(async (one) => [one, (await store.readCommit(view, one)).files] as const),
  );
  const shownAt = (path: string) => shown.get(placed.get(path) ?? 0) ?? before;
  const all = trees.flatMap(([commit, files]) => files.filter(({ path }) => shownAt(path) === commit));
  const base = commits.size === 1 ? await withoutUnshownFiles(scope, first, all, placed) : all;
  const own = await findUnacknowledgedCommits(scope, view, draft, { pages, until: shown.get(1) ?? before });
  return { kind: "files", files: applyUnacknowledgedCommits(base, own, shownAt) };
}

/**
 * The files of a commit that the pages have shown. A package below this one that is none any more leaves its files to
 * this package: they are in the commit, but no page ever showed them, so that no user deleted them.
 */
async function withoutUnshownFiles(
  { object }: RevisionScope,
  commit: Oid,
  files: readonly PackageFile[],
  placed: ReadonlyMap<string, number>,
): Promise<readonly PackageFile[]> {
  const { status } = object;
  const isShown = ({ path, bytes }: PackageFile) => bytes === undefined || placed.has(path);
  if (files.every(isShown) || status?.commit !== commit || status.contentDigest === undefined) return files;
  return (await digestOf(files)) === status.contentDigest ? files : files.filter(isShown);
}
