/** A schema of a kind, as OpenAPI and CustomResourceDefinitions write it: JSON Schema with Kubernetes' extensions. */
export type OpenApiSchema = Readonly<Record<string, unknown>>;

/** Keywords whose value is a map from the names of fields to schemas. */
const BY_NAME = ["properties"] as const;
const NESTED = ["items", "additionalProperties", "not"] as const;
const LISTS = ["allOf", "anyOf", "oneOf"] as const;
const KEPT = [
  ...["type", "required", "enum", "format", "pattern", "nullable"],
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
  ...["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"],
] as const;

/**
 * The same as JSON Schema. Only what Kubernetes evaluates is kept: a schema of a package cannot refer to others, and
 * has no keyword of its own. Recurses; the depth of a file is limited.
 */
export function toJsonSchema(schema: unknown, refPrefix = ""): object {
  if (!isSchema(schema)) return {};
  if (typeof schema.$ref === "string" && refPrefix !== "") return { $ref: `${refPrefix}${schema.$ref}` };
  const { exclusiveMinimum, exclusiveMaximum, required } = schema;
  // For Kubernetes, null is a keyword that is not there.
  const kept = KEPT.flatMap((key) => (schema[key] === undefined || schema[key] === null ? [] : [[key, schema[key]]]));
  const result: Record<string, unknown> = Object.fromEntries(kept);
  if (Array.isArray(required)) result.required = required.map((one: unknown) => one ?? "");
  // OpenAPI 3.0 has booleans here.
  if (typeof exclusiveMinimum === "boolean") moveBound(result, "minimum", "exclusiveMinimum", exclusiveMinimum);
  if (typeof exclusiveMaximum === "boolean") moveBound(result, "maximum", "exclusiveMaximum", exclusiveMaximum);
  for (const key of BY_NAME) {
    const named = schema[key];
    if (!isSchema(named)) continue;
    result[key] = Object.fromEntries(Object.entries(named).map(([name, one]) => [name, toJsonSchema(one, refPrefix)]));
  }
  for (const key of NESTED) if (isSchema(schema[key])) result[key] = toJsonSchema(schema[key], refPrefix);
  // Beside this extension, anyOf may only repeat the two types.
  if (isIntOrString(schema)) return { ...result, format: undefined, type: ["integer", "string"] };
  for (const key of LISTS) {
    const all = schema[key];
    if (Array.isArray(all)) result[key] = all.map((one) => toJsonSchema(one, refPrefix));
  }
  return result;
}

/** What validation evaluates of the extensions of Kubernetes. */
const EXTENSIONS = [
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-int-or-string",
  "x-kubernetes-embedded-resource",
] as const;
const REDUCED: ReadonlySet<string> = new Set([...KEPT, ...EXTENSIONS]);
/** Deeper schemas allow anything: those of real kinds have 60 levels. */
const MAX_DEPTH = 200;

/**
 * A schema that an API server publishes, with only what validation evaluates. A reference to another one is
 * `{"$ref": NAME}`, without its `prefix` and what stands beside it.
 */
export function reduceSchema(schema: unknown, prefix: string, depth = MAX_DEPTH): OpenApiSchema {
  if (!isSchema(schema) || depth === 0) return {};
  const reference = referenceIn(schema);
  if (reference?.startsWith(prefix)) return { $ref: reference.slice(prefix.length) };
  const reduce = (one: unknown) => reduceSchema(one, prefix, depth - 1);
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      if (REDUCED.has(key)) return [[key, value] as const];
      if ((BY_NAME as readonly string[]).includes(key) && isSchema(value)) {
        return [[key, Object.fromEntries(Object.entries(value).map(([name, one]) => [name, reduce(one)]))] as const];
      }
      if ((LISTS as readonly string[]).includes(key) && Array.isArray(value))
        return [[key, value.map(reduce)] as const];
      if (!(NESTED as readonly string[]).includes(key)) return [];
      return [[key, isSchema(value) ? reduce(value) : value] as const];
    }),
  );
}

/** OpenAPI 3.0 has no description beside a reference: Kubernetes puts the reference into a list of one. */
function referenceIn({ $ref, allOf }: OpenApiSchema): string | undefined {
  if (typeof $ref === "string") return $ref;
  const [only, ...more] = Array.isArray(allOf) ? allOf : [];
  return more.length === 0 && isSchema(only) && typeof only.$ref === "string" ? only.$ref : undefined;
}

function moveBound(result: Record<string, unknown>, inclusive: string, exclusive: string, isExclusive: boolean): void {
  delete result[exclusive];
  if (!isExclusive) return;
  result[exclusive] = result[inclusive];
  delete result[inclusive];
}

function isIntOrString(schema: OpenApiSchema): boolean {
  return schema["x-kubernetes-int-or-string"] === true || schema.format === "int-or-string";
}

export function isSchema(value: unknown): value is OpenApiSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
