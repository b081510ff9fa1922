import type { RE2JS } from "re2js";
import { compilePattern, InvalidPattern, searchWork, sizeOf } from "../render/regexp.ts";
import { CelError } from "./cel-error.ts";

/** Instructions of a pattern times characters of a text that one call may take: a tenth of a second or two. */
const MAX_WORK = 4_000_000;
/** Of this work, as much as one step of an expression takes. */
const WORK_OF_STEP = 4;
/** Steps that the compilation of a pattern takes, for each of its instructions, and for its characters. */
const COMPILATION = { instruction: 10, character: 10 } as const;

export function matches(text: string, pattern: string): boolean {
  return search(text, pattern).find();
}

export function find(text: string, pattern: string): string {
  const matcher = search(text, pattern);
  return matcher.find() ? (matcher.group() ?? "") : "";
}

export function findAll(text: string, pattern: string): readonly string[] {
  const matcher = search(text, pattern);
  const found: string[] = [];
  // Each search may read the text to its end.
  for (let work = 0; matcher.find(); ) {
    found.push(matcher.group() ?? "");
    work += workOf(pattern, text.length - matcher.end());
    if (work > MAX_WORK) throw tooMuch();
  }
  return found;
}

/** Throws a CelError for what is no pattern, and for one that would take too long. */
function search(text: string, pattern: string) {
  if (workOf(pattern, text.length) > MAX_WORK) throw tooMuch();
  return compile(pattern).matcher(text);
}

function tooMuch(): CelError {
  return new CelError("limit", "the regular expression is too large for a text of this length");
}

function compile(pattern: string): RE2JS {
  try {
    return compilePattern(pattern);
  } catch (error) {
    if (error instanceof InvalidPattern) throw new CelError("evaluation", error.message);
    throw error;
  }
}

function workOf(pattern: string, length: number): number {
  return searchWork(compile(pattern), length);
}

/** The steps of a call that has succeeded, without compilation. `searches`: how often the text was searched. */
export function searchCost(pattern: string, length: number, searches: number): number {
  return Math.ceil((workOf(pattern, length) * searches) / WORK_OF_STEP);
}

/** The steps of the compilation, which is counted once an evaluation, whether the pattern was known or not. */
export function compilationCost(pattern: string): number {
  return COMPILATION.character * pattern.length + COMPILATION.instruction * sizeOf(pattern);
}
