import { type StructuredPatchHunk, structuredPatch } from "diff";
import { type FilePair, kindOf, type ReviewFile, textOf } from "./file-pairs.ts";
import { type ObjectAt, objectLines } from "./object-lines.ts";

/** The lines of a unified diff of one file, or that it is none of text. */
export interface FileDiff {
  /** Without `-` and `+` lines of the heading, which name the sides. */
  readonly hunks: readonly DiffHunk[] | undefined;
  readonly added: number;
  readonly removed: number;
}

export interface DiffHunk {
  /** `@@ -1,2 +1,3 @@` */
  readonly range: string;
  /** The objects that it changes, as git shows the function around a change. */
  readonly objects: string | undefined;
  /** With ` `, `-`, `+` or `\` before each. */
  readonly lines: readonly string[];
}

/**
 * Lines that differ: time grows with the square, a second at this number. Of files with less in common all lines are
 * shown as changed.
 */
const MAX_EDITS = 3_000;
/** Objects that a hunk names. */
const MAX_NAMED = 3;

/** Compares the lines of a file. */
export function diffFile(pair: FilePair, maxEdits = MAX_EDITS): FileDiff {
  const [old, next] = [textOf(pair.before), textOf(pair.after)];
  if (old === undefined || next === undefined) return { hunks: undefined, added: 0, removed: 0 };
  const options = { context: 3, maxEditLength: maxEdits };
  const hunks = structuredPatch("", "", old, next, undefined, undefined, options)?.hunks ?? [replaceAll(old, next)];
  const [before, after] = [objectLines(pair.was ?? pair.path, pair.before), objectLines(pair.path, pair.after)];
  const countOf = (sign: string) =>
    hunks.reduce((sum, { lines }) => sum + lines.filter((line) => line.startsWith(sign)).length, 0);
  return {
    hunks: hunks.map((hunk) => ({
      range: `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
      objects: changedObjects(hunk, before, after),
      lines: hunk.lines,
    })),
    added: countOf("+"),
    removed: countOf("-"),
  };
}

/** `binary: none -> 5 bytes` */
export function describeBinary({ before, after }: FilePair): string {
  const sizeOf = (file: ReviewFile | undefined) => {
    if (file === undefined) return "none";
    const size = file instanceof Uint8Array ? file.length : file.size;
    return size === undefined ? "in Git only" : `${size} bytes${file instanceof Uint8Array ? "" : " in Git only"}`;
  };
  const isHidden = [before, after].some((file) => file !== undefined && !(file instanceof Uint8Array));
  return `${isHidden ? "not shown" : "binary"}: ${sizeOf(before)} -> ${sizeOf(after)}`;
}

/** The two lines before the hunks of a file: `--- v1/a.yaml`. An empty name stands for no revision. */
export function diffHeading(pair: FilePair, names: { readonly before: string; readonly after: string }): string[] {
  const kind = kindOf(pair);
  const old = kind === "added" ? "/dev/null" : `${names.before}/${pair.was ?? pair.path}`;
  return [`--- ${old}`, `+++ ${kind === "removed" ? "/dev/null" : `${names.after}/${pair.path}`}`];
}

function replaceAll(old: string, next: string) {
  const linesOf = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
  const [before, after] = [linesOf(old), linesOf(next)];
  return {
    oldStart: 1,
    oldLines: before.length,
    newStart: 1,
    newLines: after.length,
    lines: [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)],
  };
}

/** Of several with commas, of many the first. */
function changedObjects(hunk: StructuredPatchHunk, before: ObjectAt, after: ObjectAt): string | undefined {
  const found = new Set<string>();
  let [old, next] = [hunk.oldStart, hunk.newStart];
  for (const line of hunk.lines) {
    const object = line.startsWith("-") ? before(old) : line.startsWith("+") ? after(next) : undefined;
    if (object !== undefined) found.add(object);
    if (line.startsWith("-") || line.startsWith(" ")) old++;
    if (line.startsWith("+") || line.startsWith(" ")) next++;
  }
  if (found.size === 0) return undefined;
  const rest = found.size > MAX_NAMED ? `, and ${found.size - MAX_NAMED} more` : "";
  return `${[...found].slice(0, MAX_NAMED).join(", ")}${rest}`;
}

/** An empty range is named by the line before it. */
function range(start: number, lines: number): string {
  return lines === 1 ? String(start) : `${lines === 0 ? start - 1 : start},${lines}`;
}
