import { isSchema } from "../../validation/schema/open-api-schema.ts";

/** How a value differs from the default that it replaces: in a type. Undefined if it does not. */
export interface ShapeProblem {
  readonly field: string;
  readonly message: string;
}

/**
 * Compares the types of a given object with those of the default: a field that both have must have the same type.
 * Fields that only one has are right. An integer is also a number. Recurses: both have a limited depth.
 */
export function compareShape(wanted: unknown, given: unknown, field = ""): ShapeProblem | undefined {
  if (wanted === null || wanted === undefined || given === null || given === undefined) return undefined;
  const [type, other] = [typeOf(wanted), typeOf(given)];
  if (type !== other && !(type === "number" && other === "integer")) {
    return { field, message: `must be ${article(type)}, as in the default, and is ${article(other)}` };
  }
  if (Array.isArray(wanted) && Array.isArray(given)) {
    if (wanted.length === 0) return undefined;
    return first(given.entries(), ([at, item]) => compareShape(wanted[0], item, `${field}[${at}]`));
  }
  if (!isSchema(wanted) || !isSchema(given)) return undefined;
  return first(Object.entries(wanted), ([key, value]) => {
    const below = Object.hasOwn(given, key) ? given[key] : undefined;
    return compareShape(value, below, field === "" ? key : `${field}.${key}`);
  });
}

function first<T, U>(items: Iterable<T>, find: (item: T) => U | undefined): U | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function typeOf(value: unknown): string {
  if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value))) return "integer";
  if (Array.isArray(value)) return "list";
  return typeof value === "string" ? "text" : typeof value === "object" ? "mapping" : typeof value;
}

function article(type: string): string {
  return `${type === "integer" ? "an" : "a"} ${type}`;
}
