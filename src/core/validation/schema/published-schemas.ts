import { compilerOf, firstOf, type KindSchema, type SchemaSet, validatorOf } from "./kind-schema.ts";
import { isSchema, type OpenApiSchema } from "./open-api-schema.ts";
import type { PublishedDocument, PublishedKinds } from "./published-document.ts";
import { customSchema, isBuiltIn } from "./schema-set.ts";

/** Documents whose compiled schemas are kept for the next call. */
const MAX_KEPT = 32;
const kept = new Map<string, SchemaSet>();

/** The kinds of documents that an API server has published. Compiled schemas are kept by the documents' digests. */
export function publishedSchemas(documents: readonly PublishedDocument[]): SchemaSet {
  return firstOf(...documents.map(schemasOf));
}

function schemasOf(document: PublishedDocument): SchemaSet {
  const key = `${document.apiVersion} ${document.digest}`;
  const schemas = kept.get(key) ?? openDocument(document);
  // The one that was used last is the last one.
  kept.delete(key);
  kept.set(key, schemas);
  for (const oldest of [...kept.keys()].slice(0, -MAX_KEPT)) kept.delete(oldest);
  return schemas;
}

function openDocument({ apiVersion: own, text }: PublishedDocument): SchemaSet {
  const { kinds, definitions }: PublishedKinds = JSON.parse(text);
  const names = new Map(Object.entries(kinds));
  const byName = new Map(Object.entries(definitions));
  const found = new Map<string, KindSchema>();
  let compile: ReturnType<typeof compilerOf> | undefined;
  return (apiVersion, kind) => {
    const name = apiVersion === own ? names.get(kind) : undefined;
    const schema = name === undefined ? undefined : byName.get(name);
    if (name === undefined || schema === undefined) return undefined;
    const known = found.get(kind);
    if (known !== undefined) return known;
    const created = isOfDefinition(apiVersion, kind, schema)
      ? customSchema(schema)
      : {
          schema,
          isCustom: false,
          resolve: (ref: string) => byName.get(ref),
          validate: validatorOf(() => {
            compile ??= compilerOf(byName);
            return compile(name);
          }),
        };
    found.set(kind, created);
    return created;
  };
}

/** What the API server adds to the schema of a CustomResourceDefinition refers to these; such a schema to no others. */
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.";

/** True for a kind of a CustomResourceDefinition, of which the API server removes unknown fields wherever they are. */
function isOfDefinition(apiVersion: string, kind: string, schema: OpenApiSchema): boolean {
  return !isBuiltIn(apiVersion, kind) && refersOnlyTo(META, schema);
}

function refersOnlyTo(prefix: string, schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every((one) => refersOnlyTo(prefix, one));
  if (!isSchema(schema)) return true;
  if (typeof schema.$ref === "string") return schema.$ref.startsWith(prefix);
  return Object.values(schema).every((one) => refersOnlyTo(prefix, one));
}
