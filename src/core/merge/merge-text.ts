import { diffArrays } from "diff";
import { diff3MergeRegions } from "node-diff3";
import type { Side, Three } from "./three.ts";

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
  const result: string[] = [];
  const conflicts: TextConflict[] = [];
  const add = (from: readonly string[], start: number, length: number) => {
    for (let at = start; at < start + length; at++) result.push(from[at] ?? "");
  };
  for (const gap of gapsBetween(lines.base.length, upstream, local)) {
    add(lines.base, gap.base.stable, gap.base.start - gap.base.stable);
    const names = Array.from({ length: gap.base.end - gap.base.start }, (_, at) => `${gap.base.start + at}`);
    const mine = local.slice(gap.local.start, gap.local.end);
    const theirs = upstream.slice(gap.upstream.start, gap.upstream.end);
    for (const region of diff3MergeRegions(mine, names, theirs)) {
      if ("buffer" in region) {
        const side = region.buffer === "a" ? "local" : region.buffer === "b" ? "upstream" : "base";
        add(lines[side], gap[side].start + region.bufferStart, region.bufferLength);
        continue;
      }
      const { aStart, aLength, oStart, oLength, bStart, bLength } = region;
      const part = (side: Side, start: number, length: number) =>
        lines[side].slice(gap[side].start + start, gap[side].start + start + length).join("");
      const values = {
        base: part("base", oStart, oLength),
        upstream: part("upstream", bStart, bLength),
        local: part("local", aStart, aLength),
      };
      if (values.upstream !== values.local) conflicts.push({ line: result.length + 1, values });
      add(lines.local, gap.local.start + aStart, aLength);
    }
  }
  return { text: result.join(""), conflicts };
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

/**
 * The lines of a text by the lines of the base that they are: `3` for the fourth line of the base, and a name of its
 * own for another one. The search of node-diff3 takes cubic time where lines are repeated, minutes for 4,000 equal
 * ones; with these names, no line is.
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

interface Gap {
  /** `stable`: where the lines before the gap begin that all sides have. */
  readonly base: { readonly stable: number; readonly start: number; readonly end: number };
  readonly upstream: { readonly start: number; readonly end: number };
  readonly local: { readonly start: number; readonly end: number };
}

/**
 * The parts of the texts between lines that all sides have, and one at the end. Changes in two of them do not touch
 * each other. Each is merged by itself: the search takes quadratic time.
 */
function gapsBetween(length: number, upstream: readonly string[], local: readonly string[]): readonly Gap[] {
  const [inUpstream, inLocal] = [placesOf(upstream), placesOf(local)];
  const gaps: Gap[] = [];
  let [stable, start, theirs, mine] = [0, 0, 0, 0];
  for (let at = 0; at <= length; at++) {
    const [other, own] = at === length ? [upstream.length, local.length] : [inUpstream.get(at), inLocal.get(at)];
    if (other === undefined || own === undefined) continue;
    const isEmpty = at === start && other === theirs && own === mine;
    if (!isEmpty || at === length) {
      gaps.push({
        base: { stable, start, end: at },
        upstream: { start: theirs, end: other },
        local: { start: mine, end: own },
      });
      stable = at;
    }
    [start, theirs, mine] = [at + 1, other + 1, own + 1];
  }
  return gaps;
}

/** Where a text has the lines of the base. */
function placesOf(names: readonly string[]): ReadonlyMap<number, number> {
  return new Map(names.flatMap((name, at) => (/^\d/.test(name) ? [[Number(name), at] as const] : [])));
}
