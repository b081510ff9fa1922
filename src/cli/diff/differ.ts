import type { StructuredPatchHunk } from "diff";
import { encodeFile } from "../../core/files/package-file.ts";
import { printable, printableLine } from "../output/printable.ts";
import type { Style } from "../output/style.ts";
import { type ResourceAt, resourcesOf } from "./resources.ts";

/** One file on two sides; absent on a side that does not have it. */
export interface FilePair {
  readonly path: string;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

/** What the sides are called in the heading of a file. */
export interface SideNames {
  readonly before: string;
  readonly after: string;
}

export interface LineCount {
  readonly added: number;
  readonly removed: number;
  readonly isBinary: boolean;
}

export interface Differ {
  /** A unified diff, or a line about a binary file. */
  readonly formatFile: (pair: FilePair, names: SideNames) => string;
  readonly count: (pair: FilePair) => LineCount;
}

/** A comparison of files that have nothing in common would take minutes; then all lines are shown as changed. */
const TIMEOUT_MS = 1_000;
/** Objects in the heading of a hunk. */
const MAX_NAMED = 3;

/** Loads the library when something is compared. */
export async function createDiffer(style: Style): Promise<Differ> {
  const { structuredPatch } = await import("diff");
  const hunksOf = ({ before, after }: FilePair) => {
    const [old, next] = [textOf(before), textOf(after)];
    if (old === undefined || next === undefined) return undefined;
    const patch = structuredPatch("", "", old, next, undefined, undefined, { context: 3, timeout: TIMEOUT_MS });
    return patch?.hunks ?? [replaceAll(old, next)];
  };
  return {
    formatFile: (pair, names) => {
      const heading = style.bold(headingOf(pair, names));
      const hunks = hunksOf(pair);
      if (hunks === undefined) return `${heading}\n${describeBinary(pair)}`;
      const before = resourcesOf(pair.path, pair.before);
      const after = resourcesOf(pair.path, pair.after);
      const lines = hunks.flatMap((hunk) => [
        [
          style.cyan(`@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`),
          ...changedResources(hunk, before, after),
        ].join(" "),
        ...hunk.lines.map((line) => colourOf(line, style)(printable(line))),
      ]);
      return [heading, ...lines].join("\n");
    },
    count: (pair) => {
      const hunks = hunksOf(pair);
      const lines = hunks?.flatMap((hunk) => hunk.lines) ?? [];
      const countOf = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
      return { added: countOf("+"), removed: countOf("-"), isBinary: hunks === undefined };
    },
  };
}

/** Undefined for a binary file; empty for none. */
function textOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return "";
  const { encoding, value } = encodeFile("", bytes);
  return encoding === "text" ? value : undefined;
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

function headingOf({ path, before, after }: FilePair, names: SideNames): string {
  const side = (name: string, bytes: Uint8Array | undefined) =>
    bytes === undefined ? "/dev/null" : printableLine(`${name}/${path}`);
  return `--- ${side(names.before, before)}\n+++ ${side(names.after, after)}`;
}

function describeBinary({ before, after }: FilePair): string {
  const size = (bytes: Uint8Array | undefined) => (bytes === undefined ? "none" : `${bytes.length} bytes`);
  return `binary: ${size(before)} -> ${size(after)}`;
}

/** The objects that a hunk changes, as git shows the function around one; of several with commas, of many the first. */
function changedResources(hunk: StructuredPatchHunk, before: ResourceAt, after: ResourceAt): readonly string[] {
  const found = new Set<string>();
  let [old, next] = [hunk.oldStart, hunk.newStart];
  for (const line of hunk.lines) {
    const resource = line.startsWith("-") ? before(old) : line.startsWith("+") ? after(next) : undefined;
    if (resource !== undefined) found.add(resource);
    if (line.startsWith("-") || line.startsWith(" ")) old++;
    if (line.startsWith("+") || line.startsWith(" ")) next++;
  }
  const names = [...found];
  if (names.length === 0) return [];
  const rest = names.length > MAX_NAMED ? `, and ${names.length - MAX_NAMED} more` : "";
  return [`${names.slice(0, MAX_NAMED).join(", ")}${rest}`];
}

/** An empty range is named by the line before it. */
function range(start: number, lines: number): string {
  return lines === 1 ? String(start) : `${lines === 0 ? start - 1 : start},${lines}`;
}

function colourOf(line: string, style: Style): (text: string) => string {
  if (line.startsWith("+")) return style.green;
  return line.startsWith("-") ? style.red : (text) => text;
}
