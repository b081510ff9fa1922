import type { CelValue } from "../../cel/values.ts";
import { toCel } from "../../cel/values.ts";

/**
 * The value of an object for expressions. A field that is null is not there, as for the API server, so that
 * `has(container.resources)` says whether there are any.
 */
export function toPolicyValue(object: unknown): CelValue {
  return toCel(withoutNulls(object));
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return new Map(kept.map(([key, field]) => [key, withoutNulls(field)]));
}
