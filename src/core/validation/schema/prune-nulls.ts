import type { KindSchema } from "./kind-schema.ts";
import { isSchema, type OpenApiSchema } from "./open-api-schema.ts";
import { dereference, fieldSchema } from "./unknown-fields.ts";

/** What the code of Kubernetes, in Go, has for null in a list, or for a boolean that is not there. */
const EMPTY: ReadonlyMap<unknown, unknown> = new Map<string, unknown>([
  ["string", ""],
  ["integer", 0],
  ["number", 0],
  ["boolean", false],
  ["array", []],
  ["object", {}],
]);

/**
 * An object as the API server reads it: a field that is null, and may not be, is a field that is not there. The items
 * of a list stay; those of a built-in kind become empty values. A built-in kind misses no boolean.
 */
export function pruneNulls(object: unknown, { schema, isCustom, resolve }: KindSchema): unknown {
  const prune = (value: unknown, given: unknown): unknown => {
    const one = dereference(given, resolve) ?? {};
    if (Array.isArray(value)) return value.map((item) => prune(item ?? emptyItem(one), one.items));
    if (!isSchema(value)) return value;
    const kept = Object.entries(value).filter(
      ([key, field]) => field !== null || fieldSchema(one, key)?.nullable === true,
    );
    const fields = Object.fromEntries(kept.map(([key, field]) => [key, prune(field, fieldSchema(one, key))]));
    return isCustom ? fields : { ...missingBooleans(one, fields), ...fields };
  };
  const emptyItem = ({ items }: OpenApiSchema): unknown =>
    isCustom ? null : (EMPTY.get(dereference(items, resolve)?.type) ?? null);
  return prune(object, schema);
}

function missingBooleans({ required, properties }: OpenApiSchema, fields: object): Readonly<Record<string, unknown>> {
  if (!Array.isArray(required) || !isSchema(properties)) return {};
  const missing = required.filter((key: string) => {
    const field = Object.hasOwn(fields, key) || !Object.hasOwn(properties, key) ? undefined : properties[key];
    return isSchema(field) && field.type === "boolean";
  });
  return Object.fromEntries(missing.map((key: string) => [key, false]));
}
