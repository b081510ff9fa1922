import { type PackageFile, shownBytes } from "../files/package-file.ts";
import type { FileMode } from "../files/tree-edit.ts";
import type { MergeConflict } from "./conflicts.ts";
import type { FileMap } from "./package-side.ts";
import type { Three } from "./three.ts";

/** A file of the result: new bytes, or an entry of a side as it is. */
export type MergedFile = Pick<PackageFile, "path" | "mode" | "bytes"> & Partial<Pick<PackageFile, "oid">>;

/** Three packages, as Git has them. */
export type MergeTrees = Three<readonly PackageFile[]>;

/** What is merged by its contents, and what as a whole: symlinks, submodules, and files in their place. */
export interface SplitTrees {
  readonly contents: Three<FileMap>;
  /** The paths of the others. */
  readonly whole: ReadonlySet<string>;
}

export interface MergedTree {
  readonly files: readonly MergedFile[];
  /** Of entries that were merged as a whole. */
  readonly conflicts: readonly MergeConflict[];
}

export function splitTrees(trees: MergeTrees): SplitTrees {
  const whole = new Set(sidesOf(trees).flatMap((side) => side.flatMap((file) => (isWhole(file) ? [file.path] : []))));
  const contentsOf = (side: readonly PackageFile[]): FileMap => {
    return shownBytes(side.filter(({ path }) => !whole.has(path)));
  };
  const { base, upstream, local } = trees;
  return {
    contents: { base: contentsOf(base), upstream: contentsOf(upstream), local: contentsOf(local) },
    whole,
  };
}

/**
 * Puts the merged contents and the entries that are taken as a whole together. An executable bit is that of the side
 * which has changed it; of a file that was moved, as upstream has it at its new path.
 */
export function joinTrees(trees: MergeTrees, { whole }: SplitTrees, merged: FileMap): MergedTree {
  const sides = { base: byPath(trees.base), upstream: byPath(trees.upstream), local: byPath(trees.local) };
  const conflicts: MergeConflict[] = [];
  const entries = [...whole].sort().flatMap((path): readonly MergedFile[] => {
    const at = { base: sides.base.get(path), upstream: sides.upstream.get(path), local: sides.local.get(path) };
    const { taken, isConflict } = chooseEntry(at);
    if (isConflict) conflicts.push(describeConflict(path, at));
    // What is in the way of a folder that the merge has made stays out of it.
    return taken === undefined || isInTheWay(path, merged) ? [] : [taken];
  });
  const files = [...merged].map(([path, bytes]): MergedFile => {
    const mode = chooseMode(sides.base.get(path)?.mode, sides.upstream.get(path)?.mode, sides.local.get(path)?.mode);
    return { path, mode, bytes };
  });
  return { files: [...files, ...entries], conflicts };
}

type Entries = Three<PackageFile | undefined>;

function chooseEntry({ base, upstream, local }: Entries): {
  readonly taken: PackageFile | undefined;
  readonly isConflict: boolean;
} {
  if (isSame(upstream, local) || isSame(base, upstream)) return { taken: local, isConflict: false };
  if (isSame(base, local)) return { taken: upstream, isConflict: false };
  return { taken: local, isConflict: true };
}

function describeConflict(path: string, entries: Entries): MergeConflict {
  const values = Object.entries(entries).flatMap(([side, entry]) => {
    return entry === undefined ? [] : [[side, `${entry.mode} ${entry.oid}`] as const];
  });
  return { kind: "file", file: path, values: Object.fromEntries(values) };
}

/** Executable or not: on one side of two that differ from each other is the change. */
function chooseMode(base: FileMode | undefined, upstream: FileMode | undefined, local: FileMode | undefined): FileMode {
  if (local === undefined) return upstream ?? base ?? "100644";
  return upstream === undefined || upstream === base || base === undefined ? local : local === base ? upstream : local;
}

function isInTheWay(path: string, merged: FileMap): boolean {
  if (merged.has(path)) return true;
  const folder = `${path}/`;
  return merged.keys().some((other) => other.startsWith(folder) || path.startsWith(`${other}/`));
}

function isWhole({ mode, bytes }: PackageFile): boolean {
  return (mode !== "100644" && mode !== "100755") || bytes === undefined;
}

function isSame(one: PackageFile | undefined, other: PackageFile | undefined): boolean {
  return one?.oid === other?.oid && one?.mode === other?.mode;
}

function byPath(side: readonly PackageFile[]): ReadonlyMap<string, PackageFile> {
  return new Map(side.map((file) => [file.path, file]));
}

function sidesOf<T>({ base, upstream, local }: Three<T>): readonly T[] {
  return [base, upstream, local];
}
