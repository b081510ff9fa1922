import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import { type PackageFile, sameBytes } from "../../../core/files/package-file.ts";
import { pageNumber } from "../../../core/identity/names.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { RevisionScope } from "../scope.ts";
import { digestOf } from "./precompute-hashes.ts";
import { applyUnacknowledgedCommits, findUnacknowledgedCommits } from "./unacknowledged-commits.ts";

/** The files on the pages, with users' edits. */
export interface PageFiles {
  /** Path → number of the page that holds it. */
  readonly placed: ReadonlyMap<string, number>;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Edited files of which each is tried as the one that was not shown. */
const MAX_SINGLES = 20;

export type EditBase =
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
 * @param inGit the files of the branch
 */
export async function readEditBase(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  pageFiles: PageFiles,
  inGit: readonly PackageFile[],
): Promise<EditBase> {
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
    const known = await withoutUnshownFiles(scope, draft.commit, inGit, pageFiles);
    return known === inGit ? { kind: "current" } : { kind: "files", files: known };
  }
  const present = await Promise.all([...commits].map((commit) => store.hasCommit(commit)));
  if (present.includes(false)) return { kind: "lost" };
  const [first = draft.commit] = commits;
  // Interrupted between two pages. A file on none of them is taken as it was before, so that no foreign change is
  // undone.
  const before = commits.size === 1 ? first : (status?.commit ?? first);
  const shownAt = (path: string) => shown.get(pageFiles.placed.get(path) ?? 0) ?? before;
  const all: PackageFile[] = [];
  // One after the other: each page may show another commit, and each commit is a whole package in memory.
  for (const commit of new Set([before, ...commits])) {
    const { files } = await store.readCommit(view, commit, scope.admit);
    for (const file of files) if (shownAt(file.path) === commit) all.push(file);
  }
  const base = commits.size === 1 ? await withoutUnshownFiles(scope, first, all, pageFiles) : all;
  const own = await findUnacknowledgedCommits(scope, view, draft, { pages, until: shown.get(1) ?? before });
  return { kind: "files", files: applyUnacknowledgedCommits(base, own, shownAt) };
}

/**
 * The files of a commit that the pages have shown. A package below this one that is none any more leaves its files to
 * this package: they are in the commit, but no page ever showed them, so that no user deleted them. A user may have
 * written a file of the same path meanwhile: `contentDigest` in status identifies the files that were shown.
 */
async function withoutUnshownFiles(
  { object }: RevisionScope,
  commit: Oid,
  files: readonly PackageFile[],
  { placed, files: wanted }: PageFiles,
): Promise<readonly PackageFile[]> {
  const { status } = object;
  const onPages = files.filter(({ path, bytes }) => bytes === undefined || placed.has(path));
  const edited = onPages.filter(({ path, bytes }) => isOther(bytes, wanted.get(path)));
  const isAsShown = onPages.length === files.length && edited.length === 0;
  if (isAsShown || status?.commit !== commit || status.contentDigest === undefined) return files;
  // Nearly always all files: the others are made only if that is not so.
  for (const shown of candidates(files, onPages, edited))
    if ((await digestOf(shown)) === status.contentDigest) return shown;
  // Other packages have come below since: what was shown is not in the commit's files alone.
  return onPages.length === files.length ? files : onPages;
}

function isOther(inGit: Uint8Array | undefined, wanted: Uint8Array | undefined): boolean {
  return inGit !== undefined && wanted !== undefined && !sameBytes(inGit, wanted);
}

/**
 * What may have been shown: all files, those that are on pages, and of the latter without one of the edited ones,
 * without those of one folder, and without all.
 */
function* candidates(
  files: readonly PackageFile[],
  onPages: readonly PackageFile[],
  edited: readonly PackageFile[],
): Generator<readonly PackageFile[], void> {
  yield files;
  yield onPages;
  const folderOf = ({ path }: PackageFile) => path.slice(0, path.lastIndexOf("/") + 1);
  const without = (some: readonly PackageFile[]) => {
    const left = new Set(some);
    return onPages.filter((one) => !left.has(one));
  };
  for (const one of edited.slice(0, MAX_SINGLES)) yield without([one]);
  for (const folder of new Set(edited.slice(0, MAX_SINGLES).map(folderOf)))
    yield without(edited.filter((one) => folderOf(one) === folder));
  yield without(edited);
}
