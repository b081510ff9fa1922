import type { ValidateFunction } from "ajv";
import { compilerOf, createAjv, type KindSchema, type SchemaSet, validatorOf } from "./kind-schema.ts";
import kubernetes from "./kubernetes.json" with { type: "json" };
import { isSchema, type OpenApiSchema, toJsonSchema } from "./open-api-schema.ts";

/** Of the built-in kinds. */
export const KUBERNETES_RELEASE: string = kubernetes.release;

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const KINDS: ReadonlyMap<string, string> = new Map(Object.entries(kubernetes.kinds));
const BUILT_IN: ReadonlyMap<string, OpenApiSchema> = new Map(Object.entries(kubernetes.definitions));

const GROUPS: ReadonlySet<string> = new Set([...KINDS.keys()].map((type) => groupOf(type.replace(/\/[^/]+$/, ""))));

/** `apiVersion/kind` of the kinds that Kubernetes has built in. */
export const BUILT_IN_KINDS: ReadonlySet<string> = new Set(KINDS.keys());

/** True for an apiVersion of a group that Kubernetes itself has kinds in. */
export function isBuiltInGroup(apiVersion: string): boolean {
  return GROUPS.has(groupOf(apiVersion));
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

let builtIn: ReturnType<typeof compilerOf> | undefined;
const found = new Map<string, KindSchema>();

/** True for a kind whose bundled schema Kubernetes has generated from its code. */
export function isBuiltIn(apiVersion: string, kind: string): boolean {
  return KINDS.has(`${apiVersion}/${kind}`);
}

/** The built-in kinds of Kubernetes, without custom and removed ones. */
export const bundledSchemas: SchemaSet = (apiVersion, kind) => {
  const name = KINDS.get(`${apiVersion}/${kind}`);
  const schema = name === undefined ? undefined : BUILT_IN.get(name);
  if (name === undefined || schema === undefined) return undefined;
  const known = found.get(name);
  if (known !== undefined) return known;
  const created = { schema, isCustom: false, resolve, validate: validatorOf(() => compileBuiltIn(name)) };
  found.set(name, created);
  return created;
};

/**
 * The schema of a version of a CustomResourceDefinition. `given`: its openAPIV3Schema, which may come from anybody: a
 * schema that is none makes `validate` throw, and a pattern takes linear time.
 */
export function customSchema(given: OpenApiSchema): KindSchema {
  const { metadata: _, ...properties } = isSchema(given.properties) ? given.properties : {};
  // What is in metadata is compared apart, with the schema of metadata.
  const isOther = (name: unknown) => name !== "metadata";
  const required = Array.isArray(given.required) ? { required: given.required.filter(isOther) } : {};
  const schema = { ...given, ...required, properties };
  const json = toJsonSchema(schema);
  return { schema, isCustom: true, resolve, validate: validatorOf(() => createAjv().compile(json)) };
}

/** The schema of `metadata`, which a CustomResourceDefinition does not have. */
export const metadataSchema: KindSchema = {
  schema: BUILT_IN.get(OBJECT_META) ?? {},
  isCustom: false,
  resolve,
  validate: validatorOf(() => compileBuiltIn(OBJECT_META)),
};

function resolve(ref: string): OpenApiSchema | undefined {
  return BUILT_IN.get(ref);
}

function compileBuiltIn(name: string): ValidateFunction {
  builtIn ??= compilerOf(BUILT_IN);
  return builtIn(name);
}
