import { blobOid } from "../identity/hash.ts";
import { isBelow } from "../identity/location.ts";
import type { ObjectFormat, Oid } from "../identity/oid.ts";
import { pathClashes } from "./file-path.ts";
import type { PackageFile } from "./package-file.ts";
import type { ContentsProblem } from "./pages.ts";

export interface FileMerge {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Paths that both sides changed, differently, or that cannot be beside what the other side has. */
  readonly conflicts: readonly string[];
}

/** Merges file by file what users wrote (`wanted`) with what others pushed (`theirs`), both starting from `base`. */
export function mergeFiles(
  base: readonly PackageFile[],
  theirs: readonly PackageFile[],
  wanted: ReadonlyMap<string, Uint8Array>,
  objectFormat: ObjectFormat,
): FileMerge {
  const before = idsOf(base);
  const pushed = new Map(theirs.flatMap((file) => (file.bytes === undefined ? [] : [[file.path, file] as const])));
  const files = new Map<string, Uint8Array>();
  const conflicts: string[] = [];
  for (const path of new Set([...wanted.keys(), ...pushed.keys()])) {
    const ours = wanted.get(path);
    const other = pushed.get(path);
    const ourId = ours === undefined ? undefined : blobOid(ours, objectFormat);
    const was = before.get(path);
    const merged = ourId === was ? other?.bytes : ours;
    if (ourId !== was && other?.oid !== was && ourId !== other?.oid) conflicts.push(path);
    if (merged !== undefined) files.set(path, merged);
  }
  // Each for itself is fine; together, Git would put a folder in the place of a file that somebody pushed.
  for (const path of newClashes([pushed, wanted], files)) if (!conflicts.includes(path)) conflicts.push(path);
  return { files, conflicts: conflicts.sort() };
}

/** What clashes in a merge, and in none of what was merged. In one order, the same clash has the same words. */
function newClashes(
  sides: readonly ReadonlyMap<string, unknown>[],
  merged: ReadonlyMap<string, unknown>,
): readonly string[] {
  const clashes = (files: ReadonlyMap<string, unknown>) => pathClashes([...files.keys()].sort());
  const known = new Set(sides.flatMap(clashes).map(({ path, problem }) => `${path}\0${problem}`));
  return clashes(merged).flatMap(({ path, problem }) => (known.has(`${path}\0${problem}`) ? [] : [path]));
}

function idsOf(files: readonly PackageFile[]): ReadonlyMap<string, Oid> {
  return new Map(files.flatMap((file) => (file.bytes === undefined ? [] : [[file.path, file.oid] as const])));
}

/** What forbids files beside each other, and beside what the folder holds already: files not shown, packages below this one. */
export function placeProblems(
  inGit: readonly PackageFile[],
  wanted: ReadonlyMap<string, Uint8Array>,
  nested: readonly string[],
): readonly ContentsProblem[] {
  const problems: ContentsProblem[] = [];
  const report = (path: string, problem: string) =>
    problems.push({ reason: "InvalidPath", message: `${JSON.stringify(path)} ${problem}` });
  const hidden = inGit.filter((file) => file.bytes === undefined).map((file) => file.path);
  for (const path of hidden) {
    if (wanted.has(path)) report(path, "is in Git already as a file that is not shown here (see status.filesNotShown)");
  }
  // What clashes in Git already is not for this edit to answer for; in one order, the same clash has the same words.
  const clashes = (paths: readonly string[]) => pathClashes(paths.toSorted());
  const known = new Set(clashes(inGit.map((file) => file.path)).map(({ path, problem }) => `${path}\0${problem}`));
  for (const { path, problem } of clashes([...wanted.keys(), ...hidden])) {
    if (!known.has(`${path}\0${problem}`)) report(path, problem);
  }
  for (const path of wanted.keys()) {
    const owner = nested.find((folder) => path === folder || isBelow(path, folder));
    if (owner !== undefined) report(path, `belongs to the package in the folder ${owner}`);
    const above = nested.find((folder) => isBelow(folder, path));
    if (above !== undefined) report(path, `is a file, and the package in ${above} is in a folder of that name`);
  }
  return problems;
}
