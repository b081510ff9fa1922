import { compareKubeVersions } from "../../identity/kube-version.ts";
import type { ParsedObject } from "../objects/parse-objects.ts";
import type { KindSchema, SchemaSet } from "./kind-schema.ts";
import { isSchema, type OpenApiSchema } from "./open-api-schema.ts";
import { customSchema } from "./schema-set.ts";

const CRD = "apiextensions.k8s.io/v1/CustomResourceDefinition";

/** What of an object tells whether it defines kinds. */
type Definition = Pick<ParsedObject, "apiVersion" | "kind" | "value">;

/** A version of a kind that a CustomResourceDefinition defines. */
export interface DefinedKind {
  /** `apiVersion/kind` */
  readonly type: string;
  readonly schema: OpenApiSchema;
  readonly isServed: boolean;
  /** The highest version of the kind that the CustomResourceDefinition serves, if any. */
  readonly highest: string | undefined;
}

/** The kinds that CustomResourceDefinitions among the objects define, each version by its own schema. */
export function packageSchemas(objects: readonly Definition[]): SchemaSet {
  const kinds = new Map<string, KindSchema>();
  for (const object of objects)
    for (const { type, schema } of definedKinds(object)) kinds.set(type, customSchema(schema));
  return (apiVersion, kind) => kinds.get(`${apiVersion}/${kind}`);
}

/** None for another object, and for a CustomResourceDefinition that no API server would take. */
export function definedKinds({ apiVersion, kind, value }: Definition): readonly DefinedKind[] {
  const { spec } = value;
  if (`${apiVersion}/${kind}` !== CRD || !isSchema(spec) || !isSchema(spec.names) || !Array.isArray(spec.versions)) {
    return [];
  }
  const { group, names } = spec;
  const versions = spec.versions.filter(isSchema);
  const [highest] = versions
    .flatMap(({ name, served }) => (served === true && typeof name === "string" ? [name] : []))
    .sort((a, b) => compareKubeVersions(b, a));
  return versions.flatMap(({ name, served, schema: ofVersion }) => {
    const schema = isSchema(ofVersion) ? ofVersion.openAPIV3Schema : undefined;
    if (!isSchema(schema)) return [];
    return [{ type: `${group}/${name}/${names.kind}`, schema, isServed: served === true, highest }];
  });
}
