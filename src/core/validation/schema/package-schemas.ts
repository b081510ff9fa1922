import type { ParsedObject } from "../objects/parse-objects.ts";
import type { KindSchema, SchemaSet } from "./kind-schema.ts";
import { isSchema, type OpenApiSchema } from "./open-api-schema.ts";
import { customSchema } from "./schema-set.ts";

const CRD = "apiextensions.k8s.io/v1/CustomResourceDefinition";

/** What of an object tells whether it defines kinds. */
type Definition = Pick<ParsedObject, "apiVersion" | "kind" | "value">;

/** The kinds that CustomResourceDefinitions among the objects define, each version by its own schema. */
export function packageSchemas(objects: readonly Definition[]): SchemaSet {
  const kinds = new Map<string, KindSchema>();
  for (const object of objects)
    for (const { type, schema } of definedKinds(object)) kinds.set(type, customSchema(schema));
  return (apiVersion, kind) => kinds.get(`${apiVersion}/${kind}`);
}

function definedKinds({ apiVersion, kind, value }: Definition): readonly DefinedKind[] {
  const { spec } = value;
  if (`${apiVersion}/${kind}` !== CRD || !isSchema(spec) || !isSchema(spec.names) || !Array.isArray(spec.versions)) {
    return [];
  }
  const { group, names } = spec;
  return spec.versions.flatMap((version: unknown) => {
    const schema = isSchema(version) && isSchema(version.schema) ? version.schema.openAPIV3Schema : undefined;
    if (!isSchema(version) || !isSchema(schema)) return [];
    return [{ type: `${group}/${version.name}/${names.kind}`, schema }];
  });
}

interface DefinedKind {
  /** `apiVersion/kind` */
  readonly type: string;
  readonly schema: OpenApiSchema;
}
