import { compare } from "./compare.ts";

/** Deeper values are rejected: they would exhaust the stack. */
const MAX_DEPTH = 500;

/** A value is nested too deeply to be serialized. */
export class JsonTooDeepError extends Error {
  override readonly name = "JsonTooDeepError";
  constructor() {
    super(`nested deeper than ${MAX_DEPTH} levels`);
  }
}

/** JSON with sorted keys and no white space, so that equal values have equal texts. Throws `JsonTooDeepError`. */
export function canonicalJson(value: unknown, depth = 0): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (depth >= MAX_DEPTH) throw new JsonTooDeepError();
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(",")}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => compare(a, b))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member, depth + 1)}`);
  return `{${members.join(",")}}`;
}
