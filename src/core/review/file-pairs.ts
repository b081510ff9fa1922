import { encodeFile, sameBytes } from "../files/package-file.ts";
import { findMovedFiles } from "../merge/moved-files.ts";

/** A file in Git that nothing shows: the id of its object. */
export interface HiddenFile {
  readonly object: string;
  readonly size?: number;
}

export type ReviewFile = Uint8Array | HiddenFile;
export type ReviewFiles<F extends ReviewFile = ReviewFile> = ReadonlyMap<string, F>;

/** One file on two sides; absent on a side that does not have it. */
export interface FilePair<F extends ReviewFile = ReviewFile> {
  readonly path: string;
  /** The path before, if it has another one now. */
  readonly was?: string;
  readonly before: F | undefined;
  readonly after: F | undefined;
}

export type FilePairKind = "added" | "changed" | "removed" | "renamed";

/**
 * The files that differ, sorted by path. One that has another path is a pair if its bytes, or most of its lines, are
 * equal.
 */
export function compareFiles<F extends ReviewFile>(
  before: ReviewFiles<F>,
  after: ReviewFiles<F>,
): readonly FilePair<F>[] {
  const moved = findMovedFiles(shownFiles(before), shownFiles(after));
  const gone = new Set(moved.values());
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path): readonly FilePair<F>[] => {
    if (gone.has(path)) return [];
    const was = moved.get(path);
    const pair = { path, ...(was !== undefined && { was }), before: before.get(was ?? path), after: after.get(path) };
    return was === undefined && isSameFile(pair.before, pair.after) ? [] : [pair];
  });
}

function shownFiles(files: ReviewFiles): ReadonlyMap<string, Uint8Array> {
  return new Map([...files].flatMap(([path, file]) => (file instanceof Uint8Array ? [[path, file] as const] : [])));
}

function isSameFile(before: ReviewFile | undefined, after: ReviewFile | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  if (before instanceof Uint8Array)
    return before === after || (after instanceof Uint8Array && sameBytes(before, after));
  return !(after instanceof Uint8Array) && before.object === after.object;
}

export function kindOf({ was, before, after }: FilePair): FilePairKind {
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  return was === undefined ? "changed" : "renamed";
}

/** Empty for a file that is not there; undefined for one that is no text, or not shown. */
export function textOf(file: ReviewFile | undefined): string | undefined {
  if (file === undefined) return "";
  if (!(file instanceof Uint8Array)) return undefined;
  const { encoding, value } = encodeFile("", file);
  return encoding === "text" ? value : undefined;
}
