import type { TSchema } from "typebox";

/** JSON Schema of apiextensions.k8s.io/v1: one type a node, no references, no `const`, no `patternProperties`. */
export type StructuralSchema = { readonly [keyword: string]: unknown };

/** TypeBox writes a record of strings as `patternProperties` with this one pattern. */
const ANY_KEY = "^.*$";

/** In the order of the file. Other keywords are refused, since the API server would drop them silently. */
const KEYWORDS = [
  "description",
  "type",
  "format",
  "nullable",
  "enum",
  "default",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "required",
  "properties",
  "additionalProperties",
  "items",
] as const;
const EXTENSION = "x-kubernetes-";

/**
 * Turns a TypeBox schema into a structural schema with a stable order of keys.
 * Throws an Error that names the place for a keyword that a structural schema cannot hold.
 */
export function toStructuralSchema(schema: TSchema, path = ""): StructuralSchema {
  const source = rewriteTypeBox(schema as unknown as StructuralSchema, path);
  const unknown = Object.keys(source).filter((key) => !isKeyword(key) && !key.startsWith(EXTENSION));
  if (unknown.length > 0) {
    throw new Error(`${path || "schema"}: ${unknown.join(", ")} has no place in a structural schema`);
  }
  const extensions = Object.keys(source).filter((key) => key.startsWith(EXTENSION));
  const keys = [...KEYWORDS, ...extensions.toSorted()].filter((key) => source[key] !== undefined);
  return Object.fromEntries(keys.map((key) => [key, convertKeyword(key, source[key], path)]));
}

function isKeyword(key: string): boolean {
  return (KEYWORDS as readonly string[]).includes(key);
}

/** Converts the three forms of TypeBox that structural schemas lack: records, `const` and literal unions. */
function rewriteTypeBox(source: StructuralSchema, path: string): StructuralSchema {
  const { patternProperties, const: constant, ...rest } = source;
  if (patternProperties !== undefined) {
    const [[pattern, value] = [], ...more] = Object.entries(patternProperties as Record<string, unknown>);
    if (pattern !== ANY_KEY || more.length > 0) {
      throw new Error(
        `${path || "schema"}: patternProperties other than ${ANY_KEY} has no place in a structural schema`,
      );
    }
    return { ...rest, additionalProperties: value };
  }
  if (constant !== undefined) {
    return { ...rest, type: typeof constant, enum: [constant] };
  }
  return rest.enum === undefined ? rest : { type: "string", ...rest };
}

function convertKeyword(key: string, value: unknown, path: string): unknown {
  switch (key) {
    case "properties":
      return Object.fromEntries(
        Object.entries(value as Record<string, TSchema>).map(([name, child]) => [
          name,
          toStructuralSchema(child, `${path}.${name}`),
        ]),
      );
    case "additionalProperties":
      return typeof value === "boolean" ? value : toStructuralSchema(value as TSchema, `${path}{}`);
    case "items":
      return toStructuralSchema(value as TSchema, `${path}[]`);
    default:
      return value;
  }
}
