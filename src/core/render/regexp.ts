import { type Matcher, RE2JS } from "re2js";

/** Of a pattern; a longer one is refused. */
const MAX_LENGTH = 1000;
/** Compiled patterns that are kept, since packages of one target have the same: their number, and instructions. */
const MAX_KEPT = { patterns: 100, instructions: 500_000 } as const;
/** Steps that the compilation takes for each instruction. */
const COMPILATION = 30;
/** The one that was used last comes last. */
const kept = new Map<string, RE2JS>();
let keptInstructions = 0;

/** Thrown for what is no regular expression of Go. */
export class InvalidPattern extends Error {}

/** A regular expression of Go's syntax, which takes linear time: a pattern may come from anybody. */
export function compilePattern(pattern: string, maxLength = MAX_LENGTH): RE2JS {
  if (pattern.length > maxLength) {
    throw new InvalidPattern(`a regular expression may have ${maxLength} characters at most`);
  }
  const compiled = kept.get(pattern) ?? compile(pattern);
  if (kept.delete(pattern)) keptInstructions -= compiled.programSize();
  kept.set(pattern, compiled);
  keptInstructions += compiled.programSize();
  for (const [oldest, one] of kept) {
    if (kept.size <= MAX_KEPT.patterns && keptInstructions <= MAX_KEPT.instructions) break;
    if (one === compiled) break;
    kept.delete(oldest);
    keptInstructions -= one.programSize();
  }
  return compiled;
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch {
    throw new InvalidPattern(`${JSON.stringify(pattern.slice(0, 200))} is no regular expression`);
  }
}

/** The instructions of a pattern that was compiled just now; 0 if it could not be. */
export function sizeOf(pattern: string): number {
  return kept.get(pattern)?.programSize() ?? 0;
}

/** The most that a search takes: the instructions of the pattern times the characters of the text. */
export function searchWork(pattern: RE2JS, length: number): number {
  return pattern.programSize() * (length + 1);
}

/** Called with steps before they are done; throws if they are too many. */
export type SpendSteps = (steps: number) => void;

/** A pattern, each search for which is counted before it begins. Throws InvalidPattern. */
export function meteredPattern(pattern: string, spend: SpendSteps, maxLength?: number): (text: string) => Matcher {
  const compiled = compilePattern(pattern, maxLength);
  spend(COMPILATION * compiled.programSize());
  return (text) => {
    spend(searchWork(compiled, text.length));
    return compiled.matcher(text);
  };
}
