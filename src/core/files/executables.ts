import { firstThatFit } from "./first-that-fit.ts";
import { FILES_NOT_LISTED } from "./not-shown.ts";
import type { PackageFile } from "./package-file.ts";

/** The limit of the schema. Entries of ordinary length reach the limit of bytes first. */
export const MAX_EXECUTABLES = 250;
/** With the three other lists it takes at most 60 KiB of a contents object's status. */
const MAX_BYTES = 9 * 1024;

type File = Pick<PackageFile, "path" | "mode" | "bytes">;

/** The executable files among those that the contents objects show. */
export interface Executables {
  readonly count: number;
  /**
   * Their paths, as many as a status holds. Where those are not all, a path that ends in a slash is a folder whose
   * files that are shown are executable, all of them; `./` is the package.
   */
  readonly listed: readonly string[];
  /** False if some are neither listed nor in a listed folder. */
  readonly isComplete: boolean;
}

/** Costs a step for each part of a path. */
export function listExecutables(files: readonly File[]): Executables {
  const shown = files.filter(({ bytes }) => bytes !== undefined);
  const paths = shown.filter(({ mode }) => mode === "100755").map(({ path }) => path);
  const count = paths.length;
  const each = cut(paths);
  if (each.length === count) return { count, listed: each, isComplete: true };
  const folded = foldFolders(shown, paths);
  const listed = cut(folded);
  return { count, listed, isComplete: listed.length === folded.length };
}

/** The blocker for executable files that a reviewer would not see; undefined if there are none. */
export function executablesNotListed(
  files: readonly File[],
): { readonly reason: typeof FILES_NOT_LISTED; readonly message: string } | undefined {
  const { count, listed, isComplete } = listExecutables(files);
  if (isComplete) return undefined;
  const message =
    `${count} files are executable, and status.executableFiles of the contents holds ${listed.length} of them and of ` +
    "their folders: a reviewer would not see all that is approved; remove the executable bit on the draft's branch " +
    "with git, from the files that do not need it, or move some of them into another package";
  return { reason: FILES_NOT_LISTED, message };
}

function cut(paths: readonly string[]): readonly string[] {
  const entries = paths.map((path) => ({ path }));
  return firstThatFit(entries, MAX_EXECUTABLES, MAX_BYTES).map(({ path }) => path);
}

/** The executable files, and in place of those below it each outermost folder that has no other files. */
function foldFolders(shown: readonly File[], executable: readonly string[]): readonly string[] {
  const mixed = new Set<string>();
  for (const { path, mode } of shown) {
    if (mode === "100755") continue;
    // The folders above one that is known are known as well.
    for (const folder of foldersFrom(path)) {
      if (mixed.has(folder)) break;
      mixed.add(folder);
    }
  }
  const folded = executable.map((path) => {
    let outermost = path;
    for (const folder of foldersFrom(path)) {
      if (mixed.has(folder)) break;
      outermost = folder;
    }
    return outermost;
  });
  return [...new Set(folded)];
}

/** The folders of a file, the innermost first; `./` last. */
function* foldersFrom(path: string): Generator<string> {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) yield path.slice(0, at + 1);
  yield "./";
}
