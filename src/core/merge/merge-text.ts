import { diffArrays } from "diff";
import { diff3MergeRegions } from "node-diff3";
import type { Three } from "./three.ts";

/** Lines of one text. */
const MAX_LINES = 20_000;
/** Lines of all texts of a package that both sides have changed. */
const MAX_LINES_OF_ALL = 200_000;
/** Lines that are removed and added between two texts: time grows with its square, half a second at this number. */
const MAX_EDITS = 2_000;

/** Lines that both sides have changed. */
export interface TextConflict {
  /** Where the local lines are in the result, from 1. */
  readonly line: number;
  readonly values: Three<string>;
}

export interface TextMerge {
  /** With the local lines where there is a conflict. */
  readonly text: string;
  readonly conflicts: readonly TextConflict[];
}

/** Merges the texts of a package. */
export class TextMerger {
  #lines = 0;

  /**
   * Merges a text by lines, as diff3 does: changes that touch each other are conflicts, equal ones are not. Undefined
   * for texts that are too long, or have too little in common, or if there were too many. Takes up to a second.
   */
  merge(texts: Three<string>): TextMerge | undefined {
    const lines = { base: linesOf(texts.base), upstream: linesOf(texts.upstream), local: linesOf(texts.local) };
    if (Object.values(lines).some(({ length }) => length > MAX_LINES)) return undefined;
    this.#lines += lines.base.length;
    return this.#lines > MAX_LINES_OF_ALL ? undefined : mergeLines(lines);
  }
}

function mergeLines(lines: Three<readonly string[]>): TextMerge | undefined {
  const [upstream, local] = [align(lines.base, lines.upstream, "u"), align(lines.base, lines.local, "l")];
  if (upstream === undefined || local === undefined) return undefined;
  const base = lines.base.map((_, at) => `${at}`);
  const result: string[] = [];
  const conflicts: TextConflict[] = [];
  for (const region of diff3MergeRegions([...local], base, [...upstream])) {
    if ("buffer" in region) {
      const from = region.buffer === "a" ? lines.local : region.buffer === "b" ? lines.upstream : lines.base;
      for (const line of from.slice(region.bufferStart, region.bufferStart + region.bufferLength)) result.push(line);
      continue;
    }
    const part = (side: readonly string[], start: number, length: number) => side.slice(start, start + length).join("");
    const values = {
      base: part(lines.base, region.oStart, region.oLength),
      upstream: part(lines.upstream, region.bStart, region.bLength),
      local: part(lines.local, region.aStart, region.aLength),
    };
    if (values.upstream !== values.local) conflicts.push({ line: result.length + 1, values });
    for (const line of lines.local.slice(region.aStart, region.aStart + region.aLength)) result.push(line);
  }
  return { text: result.join(""), conflicts };
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

/**
 * The lines of a text by the lines of the base that they are: `3` for the fourth line of the base, and a name of its own
 * for another one. The search of node-diff3 takes cubic time where lines are repeated, minutes for 4,000 equal ones; with
 * these names, no line is.
 */
function align(base: readonly string[], text: readonly string[], side: string): readonly string[] | undefined {
  const parts = diffArrays([...base], [...text], { maxEditLength: MAX_EDITS });
  if (parts === undefined) return undefined;
  const names: string[] = [];
  let at = 0;
  for (const { added, removed, count } of parts) {
    for (let index = 0; index < count; index++) {
      if (removed) at++;
      else names.push(added ? `${side}${names.length}` : `${at++}`);
    }
  }
  return names;
}
