import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { RE2JS } from "re2js";
import kubernetes from "./kubernetes.json" with { type: "json" };
import { isSchema, type OpenApiSchema, toJsonSchema } from "./open-api-schema.ts";

/** The schema of one version of a kind. */
export interface KindSchema {
  readonly schema: OpenApiSchema;
  /** Of a CustomResourceDefinition: fields that it does not name are removed by the API server. */
  readonly isCustom: boolean;
  /** The schema of a name in a `$ref`. */
  readonly resolve: (ref: string) => OpenApiSchema | undefined;
  /** The errors of an object; compiles the schema at the first call, in about 100 ms for a Deployment. */
  readonly validate: (object: unknown) => readonly ErrorObject[];
}

/** Of the built-in kinds. */
export const KUBERNETES_RELEASE: string = kubernetes.release;

const DEFINITIONS = "kubernetes";
const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const KINDS: ReadonlyMap<string, string> = new Map(Object.entries(kubernetes.kinds));
const BUILT_IN: ReadonlyMap<string, OpenApiSchema> = new Map(Object.entries(kubernetes.definitions));

const GROUPS: ReadonlySet<string> = new Set([...KINDS.keys()].map((type) => groupOf(type.replace(/\/[^/]+$/, ""))));

/** True for an apiVersion of a group that Kubernetes itself has kinds in. */
export function isBuiltInGroup(apiVersion: string): boolean {
  return GROUPS.has(groupOf(apiVersion));
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

let builtIn: Ajv | undefined;
const found = new Map<string, KindSchema>();

/** The schema of a built-in kind of Kubernetes; undefined for others, such as custom and removed ones. */
export function findBuiltInSchema(apiVersion: string, kind: string): KindSchema | undefined {
  const name = KINDS.get(`${apiVersion}/${kind}`);
  const schema = name === undefined ? undefined : BUILT_IN.get(name);
  if (name === undefined || schema === undefined) return undefined;
  const known = found.get(name);
  if (known !== undefined) return known;
  const created = { schema, isCustom: false, resolve, validate: validatorOf(() => compileBuiltIn(name)) };
  found.set(name, created);
  return created;
}

/**
 * The schema of a version of a CustomResourceDefinition. `given`: its openAPIV3Schema, which may come from anybody: a
 * schema that is none makes `validate` throw, and a pattern takes linear time.
 */
export function customSchema(given: OpenApiSchema): KindSchema {
  const { metadata: _, ...properties } = isSchema(given.properties) ? given.properties : {};
  const schema = { ...given, properties };
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
  if (builtIn === undefined) {
    const refPrefix = "#/definitions/";
    const definitions = Object.fromEntries(
      [...BUILT_IN].map(([key, schema]) => [
        key,
        key === QUANTITY ? { type: ["string", "number"] } : toJsonSchema(schema, refPrefix),
      ]),
    );
    builtIn = createAjv();
    builtIn.addSchema({ definitions }, DEFINITIONS);
  }
  return builtIn.compile({ $ref: `${DEFINITIONS}#/definitions/${name}` });
}

function validatorOf(compile: () => ValidateFunction): KindSchema["validate"] {
  let compiled: ValidateFunction | undefined;
  return (object) => {
    compiled ??= compile();
    return compiled(object) ? [] : (compiled.errors ?? []);
  };
}

function createAjv(): Ajv {
  const regExp = Object.assign((pattern: string) => new LinearRegExp(pattern), { code: "" });
  const ajv = new Ajv({ strict: false, allErrors: true, code: { regExp }, logger: false });
  addFormats.default(ajv);
  for (const format of ["int-or-string", "quantity"]) ajv.addFormat(format, true);
  // Kubernetes ignores formats that it does not know.
  return ajv;
}

/** The regular expressions of Kubernetes are Go's: no lookahead, and linear time. Throws for others. */
class LinearRegExp {
  readonly #source: string;
  readonly #pattern: RE2JS;

  constructor(source: string) {
    this.#source = source;
    this.#pattern = RE2JS.compile(source);
  }

  /** The library takes patterns of equal texts for one. */
  toString(): string {
    return this.#source;
  }

  test(text: string): boolean {
    return this.#pattern.matcher(text).find();
  }
}
