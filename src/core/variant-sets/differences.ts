import { isSameJson } from "../identity/same-json.ts";

const MAX_VALUE = 120;

/**
 * The fields in which two values differ, `path: old → new`, for people. Lists are compared as a whole.
 * @param most further fields are not listed
 */
export function describeDifferences(before: unknown, after: unknown, most: number): readonly string[] {
  const found: string[] = [];
  compare(before, after, "", found, most);
  return found;
}

function compare(before: unknown, after: unknown, path: string, found: string[], most: number): void {
  if (found.length >= most || isSameJson(before ?? null, after ?? null)) return;
  if (isPlainObject(before) && isPlainObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      compare(before[key], after[key], path === "" ? key : `${path}.${key}`, found, most);
    }
    return;
  }
  found.push(`${path.slice(0, MAX_VALUE)}: ${show(before)} → ${show(after)}`);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE)}…`;
}
