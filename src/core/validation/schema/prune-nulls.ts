import type { KindSchema } from "./kind-schema.ts";
import { isSchema } from "./open-api-schema.ts";
import { dereference, fieldSchema } from "./unknown-fields.ts";

/**
 * An object as the API server reads it: a field that is null, and may not be, is a field that is not there. The items
 * of a list stay.
 */
export function pruneNulls(object: unknown, { schema, resolve }: KindSchema): unknown {
  const prune = (value: unknown, given: unknown): unknown => {
    const one = dereference(given, resolve) ?? {};
    if (Array.isArray(value)) return value.map((item) => prune(item, one.items));
    if (!isSchema(value)) return value;
    const kept = Object.entries(value).filter(
      ([key, field]) => field !== null || fieldSchema(one, key)?.nullable === true,
    );
    return Object.fromEntries(kept.map(([key, field]) => [key, prune(field, fieldSchema(one, key))]));
  };
  return prune(object, schema);
}
