import type { KindSchema } from "./kind-schema.ts";
import { isSchema, type OpenApiSchema } from "./open-api-schema.ts";

/** The fields and indexes that lead to a value from the root of an object. */
export type FieldPath = readonly (string | number)[];

/** What every object has, also where a CustomResourceDefinition does not name it. */
const IMPLIED: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/**
 * The fields of an object that its schema does not have, outermost first: the API server warns of them, and removes
 * them. Takes time linear in the object.
 */
export function unknownFields(object: unknown, { schema, isCustom, resolve }: KindSchema): readonly FieldPath[] {
  const found: FieldPath[] = [];
  const walk = (value: unknown, given: unknown, path: FieldPath): void => {
    const one = dereference(given, resolve);
    if (one === undefined) return;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) walk(item, one.items, [...path, index]);
    } else if (isSchema(value)) {
      for (const [key, field] of Object.entries(value)) {
        const known = fieldSchema(one, key);
        if (known !== undefined) walk(field, known, [...path, key]);
        else if (!isFree(one, isCustom) && !(isObject(one, path) && IMPLIED.has(key))) found.push([...path, key]);
      }
    }
  };
  walk(object, schema, []);
  return found;
}

/** @returns undefined if the schema is none, or refers to none */
export function dereference(schema: unknown, resolve: KindSchema["resolve"]): OpenApiSchema | undefined {
  if (!isSchema(schema)) return undefined;
  return typeof schema.$ref === "string" ? resolve(schema.$ref) : schema;
}

/** The schema of a field; undefined if the field is unknown. */
export function fieldSchema(
  { properties, additionalProperties }: OpenApiSchema,
  key: string,
): OpenApiSchema | undefined {
  if (isSchema(properties) && Object.hasOwn(properties, key)) {
    const schema = properties[key];
    return isSchema(schema) ? schema : {};
  }
  return isSchema(additionalProperties) ? additionalProperties : undefined;
}

/** True if any field may be there. A built-in schema without fields stands for any object. */
function isFree(schema: OpenApiSchema, isCustom: boolean): boolean {
  if (schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties === true) return true;
  return !isCustom && schema.properties === undefined;
}

function isObject(schema: OpenApiSchema, path: FieldPath): boolean {
  return path.length === 0 || schema["x-kubernetes-embedded-resource"] === true;
}
