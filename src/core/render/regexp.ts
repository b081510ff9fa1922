import { RE2JS } from "re2js";

/** Of a pattern; a longer one is refused. */
const MAX_LENGTH = 1000;
/** Compiled patterns that are kept: packages of one target have the same. */
const MAX_KEPT = 100;
const kept = new Map<string, RE2JS>();

/** Thrown for what is no regular expression of Go. */
export class InvalidPattern extends Error {}

/** A regular expression of Go's syntax, which takes linear time: a pattern may come from anybody. */
export function compilePattern(pattern: string): RE2JS {
  if (pattern.length > MAX_LENGTH) {
    throw new InvalidPattern(`a regular expression may have ${MAX_LENGTH} characters at most`);
  }
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  try {
    const compiled = RE2JS.compile(pattern);
    if (kept.size >= MAX_KEPT) kept.clear();
    kept.set(pattern, compiled);
    return compiled;
  } catch {
    throw new InvalidPattern(`${JSON.stringify(pattern.slice(0, 200))} is no regular expression`);
  }
}
