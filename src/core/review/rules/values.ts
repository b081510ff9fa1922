import { isSchema } from "../../validation/schema/open-api-schema.ts";

export type JsonMap = Readonly<Record<string, unknown>>;

/** An empty mapping for anything else. */
export function mapOf(value: unknown): JsonMap {
  return isSchema(value) ? value : {};
}

/** An empty list for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Own fields only: a package may have a field `constructor`. */
export function fieldOf(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const key of path) at = isSchema(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return at;
}

export function textsOf(value: unknown): readonly string[] {
  return listOf(value).filter((one) => typeof one === "string");
}

const MAX_TEXT = 100;
const MAX_LISTED = 5;

/** A text from a file for a message, cut. */
export function shown(text: unknown): string {
  const all = typeof text === "string" ? text : (JSON.stringify(text) ?? "");
  return (all.length > MAX_TEXT ? `${all.slice(0, MAX_TEXT)}…` : all).toWellFormed();
}

/** `a, b, and 3 more` */
export function shownList(texts: readonly string[]): string {
  const rest = texts.length - MAX_LISTED;
  return [...texts.slice(0, MAX_LISTED).map(shown), ...(rest > 0 ? [`and ${rest} more`] : [])].join(", ");
}
