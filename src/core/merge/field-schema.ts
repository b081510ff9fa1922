import type { Meta } from "../render/resource.ts";
import type { KindSchema, SchemaSet } from "../validation/schema/kind-schema.ts";
import { isSchema, type OpenApiSchema } from "../validation/schema/open-api-schema.ts";
import { metadataSchema } from "../validation/schema/schema-set.ts";

/** What a schema says about merging a list. */
export type ListRule =
  | { readonly kind: "keys"; readonly keys: readonly string[] }
  | { readonly kind: "set" }
  | { readonly kind: "atomic" };

/** The schema of a field of a resource. */
export class FieldSchema {
  readonly #schema: OpenApiSchema;
  readonly #resolve: KindSchema["resolve"];
  /** What stands beside a reference. */
  readonly #outer: OpenApiSchema;

  constructor(schema: OpenApiSchema, resolve: KindSchema["resolve"]) {
    this.#outer = schema;
    this.#resolve = resolve;
    this.#schema = typeof schema.$ref === "string" ? (resolve(schema.$ref) ?? {}) : schema;
  }

  field(key: string): FieldSchema | undefined {
    const { properties, additionalProperties } = this.#schema;
    const named = isSchema(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
    return this.#below(named ?? additionalProperties);
  }

  items(): FieldSchema | undefined {
    return this.#below(this.#schema.items);
  }

  #below(schema: unknown): FieldSchema | undefined {
    return isSchema(schema) ? new FieldSchema(schema, this.#resolve) : undefined;
  }

  /** Undefined if the schema does not say it. */
  get listRule(): ListRule | undefined {
    const keys = this.#extension("list-map-keys");
    const type = this.#extension("list-type");
    if (type === "map" && Array.isArray(keys) && keys.length > 0) return { kind: "keys", keys: keys.map(String) };
    if (type === "set") return { kind: "set" };
    if (type === "atomic") return { kind: "atomic" };
    if (!this.#patchStrategies.includes("merge")) return undefined;
    const key = this.#extension("patch-merge-key");
    return typeof key === "string" ? { kind: "keys", keys: [key] } : { kind: "set" };
  }

  /** True for a mapping whose keys are values: labels, data of a ConfigMap. */
  get isFree(): boolean {
    return isSchema(this.#schema.additionalProperties);
  }

  /**
   * True for a mapping whose fields belong together, such as a reference. The fields of a selector of labels are
   * independent, and it is atomic only for server-side apply.
   */
  get isAtomic(): boolean {
    const { properties } = this.#schema;
    if (isSchema(properties) && "matchLabels" in properties) return false;
    return this.#extension("map-type") === "atomic";
  }

  /** True for a mapping, or the items of a list, whose fields replace each other: the strategy of a Deployment. */
  get retainsKeys(): boolean {
    return this.#patchStrategies.includes("retainKeys");
  }

  get #patchStrategies(): readonly string[] {
    const strategy = this.#extension("patch-strategy");
    return typeof strategy === "string" ? strategy.split(",") : [];
  }

  #extension(name: string): unknown {
    const key = `x-kubernetes-${name}`;
    return this.#outer[key] ?? this.#schema[key];
  }
}

/** The schema of a kind, with that of `metadata`. Undefined for an unknown kind. */
function kindSchema(schemas: SchemaSet, apiVersion: string, kind: string): FieldSchema | undefined {
  const found = schemas(apiVersion, kind);
  if (found === undefined) return undefined;
  if (!found.isCustom) return new FieldSchema(found.schema, found.resolve);
  const properties = isSchema(found.schema.properties) ? found.schema.properties : {};
  const schema = { ...found.schema, properties: { ...properties, metadata: metadataSchema.schema } };
  // References are those of `metadata`: a schema of a package cannot have any.
  return new FieldSchema(schema, metadataSchema.resolve);
}

/** That of a kind without a schema: only its `metadata` is known. */
const UNKNOWN_KIND = new FieldSchema({ properties: { metadata: metadataSchema.schema } }, metadataSchema.resolve);

/**
 * The schema of an object that some sides have, maybe with different versions. It does not depend on the side that has
 * a newer version.
 */
export function sharedSchema(types: readonly Pick<Meta, "apiVersion" | "kind">[], schemas: SchemaSet): FieldSchema {
  for (const { apiVersion, kind } of types.toSorted((a, b) => (a.apiVersion < b.apiVersion ? -1 : 1))) {
    const found = kindSchema(schemas, apiVersion, kind);
    if (found !== undefined) return found;
  }
  return UNKNOWN_KIND;
}
