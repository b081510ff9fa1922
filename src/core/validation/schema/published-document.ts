import { canonicalJson, JsonTooDeepError } from "../../identity/canonical-json.ts";
import { sha256Hex } from "../../identity/hash.ts";
import { isSchema, type OpenApiSchema, reduceSchema } from "./open-api-schema.ts";

/** The schemas that an API server publishes for one group and version, as a text that can be kept and sent. */
export interface PublishedDocument {
  /** `apps/v1`, `v1` */
  readonly apiVersion: string;
  /** Of the text: equal schemas have equal digests, whatever their descriptions are. */
  readonly digest: string;
  /** JSON of {@link PublishedKinds}. */
  readonly text: string;
}

/** A document of `/openapi/v3`, as the API server sends it. */
export interface PublishedText {
  readonly apiVersion: string;
  readonly text: string;
}

export interface PublishedKinds {
  /** kind → name of its definition */
  readonly kinds: Readonly<Record<string, string>>;
  readonly definitions: Readonly<Record<string, OpenApiSchema>>;
}

const PREFIX = "#/components/schemas/";

/**
 * Reads a document of `/openapi/v3`: its kinds with all that they refer to, without what validation does not evaluate.
 * Costs as much as parsing; a text that is no such document has no kinds.
 */
export function readPublished(apiVersion: string, text: string): PublishedDocument {
  const reduced = reduce(apiVersion, parse(text));
  return { apiVersion, digest: sha256Hex(reduced), text: reduced };
}

function reduce(apiVersion: string, document: unknown): string {
  const components = isSchema(document) && isSchema(document.components) ? document.components : {};
  const schemas = isSchema(components.schemas) ? components.schemas : {};
  const kinds = Object.entries(schemas).flatMap(([name, schema]) => {
    return kindsOf(schema, apiVersion).map((kind) => [kind, name] as const);
  });
  const definitions = reachable(
    kinds.map(([, name]) => name),
    schemas,
  );
  try {
    return canonicalJson({ kinds: Object.fromEntries(kinds), definitions: Object.fromEntries(definitions) });
  } catch (error) {
    // The values of an enumeration may nest.
    if (error instanceof JsonTooDeepError) return canonicalJson({ kinds: {}, definitions: {} });
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function kindsOf(schema: unknown, apiVersion: string): readonly string[] {
  const all = isSchema(schema) ? schema["x-kubernetes-group-version-kind"] : undefined;
  if (!Array.isArray(all)) return [];
  return all.flatMap((one: unknown) => {
    if (!isSchema(one) || typeof one.kind !== "string" || typeof one.version !== "string") return [];
    const own = one.group === "" || one.group === undefined ? one.version : `${one.group}/${one.version}`;
    return own === apiVersion ? [one.kind] : [];
  });
}

/** The definitions with these names, and all that they refer to. */
function reachable(
  names: readonly string[],
  schemas: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, OpenApiSchema> {
  const found = new Map<string, OpenApiSchema>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name) || !Object.hasOwn(schemas, name)) continue;
    const reduced = reduceSchema(schemas[name], PREFIX);
    found.set(name, reduced);
    open.push(...referencesIn(reduced));
  }
  return found;
}

/** The names in a schema that {@link reduceSchema} has made. */
function referencesIn(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(referencesIn);
  if (!isSchema(schema)) return [];
  if (typeof schema.$ref === "string") return [schema.$ref];
  return Object.values(schema).flatMap(referencesIn);
}
