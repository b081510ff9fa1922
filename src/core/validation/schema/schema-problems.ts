import type { ErrorObject } from "ajv";
import type { KindSchema } from "./kind-schema.ts";
import { formatFieldPath } from "./locate-field.ts";
import { pruneNulls } from "./prune-nulls.ts";
import { metadataSchema } from "./schema-set.ts";
import { type FieldPath, unknownFields } from "./unknown-fields.ts";

/** What a schema finds in an object. An error: the API server refuses it. A warning: it removes the field. */
export interface SchemaProblem {
  readonly path: FieldPath;
  readonly severity: "error" | "warning";
  readonly message: string;
}

const MAX_VALUES = 10;
const MAX_VALUE_LENGTH = 60;

/**
 * The problems of one object, in the order of the schema. A message quotes no value of the object, which may be a
 * Secret, and no key of a Secret.
 * @throws Error if the schema of a CustomResourceDefinition is none
 */
export function schemaProblems(object: Readonly<Record<string, unknown>>, kind: KindSchema): readonly SchemaProblem[] {
  const checked = pruneNulls(object, kind);
  const { metadata: _, ...rest } = checked as Readonly<Record<string, unknown>>;
  const metadata = pruneNulls(object.metadata, metadataSchema);
  const inMetadata = kind.isCustom && metadata !== undefined;
  const errors = firstOfEachField([
    ...kind.validate(kind.isCustom ? rest : checked).flatMap((error) => describeError(error, checked, [])),
    ...(inMetadata
      ? metadataSchema.validate(metadata).flatMap((error) => describeError(error, metadata, ["metadata"]))
      : []),
  ]);
  const unknown = [
    ...unknownFields(checked, kind),
    ...(inMetadata ? unknownFields(metadata, metadataSchema).map((path) => ["metadata", ...path]) : []),
  ];
  const showsKeys = object.kind !== "Secret";
  return [...errors, ...unknown.map((path) => ({ path, severity: "warning", message: "unknown field" }) as const)].map(
    ({ path, severity, message }) => ({
      path,
      severity,
      message: path.length === 0 ? message : `${formatFieldPath(path, showsKeys)}: ${message}`,
    }),
  );
}

/** A value of a wrong type has a wrong format as well. */
function firstOfEachField(problems: readonly SchemaProblem[]): readonly SchemaProblem[] {
  const first = new Map<string, SchemaProblem>();
  for (const one of problems) {
    const key = JSON.stringify(one.path);
    if (!first.has(key)) first.set(key, one);
  }
  return [...first.values()];
}

function describeError(error: ErrorObject, root: unknown, before: FieldPath): readonly SchemaProblem[] {
  // The error of the whole says which of the alternatives there are.
  if (/\/(anyOf|oneOf|not)\//.test(error.schemaPath)) return [];
  const parts = error.instancePath.split("/").slice(1).map(unescapePointer);
  const { path, value } = follow(root, parts);
  const at = [...before, ...path];
  if (error.keyword === "required") {
    const missing = String(error.params.missingProperty);
    return [{ path: [...at, missing], severity: "error", message: "is missing" }];
  }
  return [{ path: at, severity: "error", message: messageOf(error, value) }];
}

function messageOf({ keyword, params, message = "is not valid" }: ErrorObject, value: unknown): string {
  if (keyword === "type") {
    const wanted = [params.type].flat().join(" or ");
    return `must be ${wanted}, and is ${typeName(value)}`;
  }
  if (keyword === "enum") {
    const allowed: readonly unknown[] = Array.isArray(params.allowedValues) ? params.allowedValues : [];
    const named = allowed.slice(0, MAX_VALUES).map((one) => cut(JSON.stringify(one)));
    return `must be ${named.length > 1 ? "one of " : ""}${named.join(", ")}${allowed.length > MAX_VALUES ? ", …" : ""}`;
  }
  if (keyword === "format" && params.format === "byte") return "must be base64";
  return cut(message, 4 * MAX_VALUE_LENGTH);
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** For a message: text of a package may have any length. */
export function cut(text: string, length = MAX_VALUE_LENGTH): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function unescapePointer(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** The value at a JSON pointer, and its path with the indexes of lists as numbers. */
function follow(root: unknown, parts: readonly string[]): { readonly path: FieldPath; readonly value: unknown } {
  const path: (string | number)[] = [];
  let value = root;
  for (const part of parts) {
    const key = Array.isArray(value) ? Number(part) : part;
    path.push(key);
    value = (value as Record<string | number, unknown>)[key];
  }
  return { path, value };
}
