import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { LinearRegExp } from "./linear-reg-exp.ts";
import { type OpenApiSchema, toJsonSchema } from "./open-api-schema.ts";

/** The schema of one version of a kind. */
export interface KindSchema {
  readonly schema: OpenApiSchema;
  /** Of a CustomResourceDefinition: fields that it does not name are removed by the API server. */
  readonly isCustom: boolean;
  /** The file that defines it, if that is of another package: messages name it. */
  readonly definedIn?: string;
  /** It may be another one that objects have to follow: what is found is a warning. */
  readonly isUncertain?: true;
  /** The schema of a name in a `$ref`. */
  readonly resolve: (ref: string) => OpenApiSchema | undefined;
  /** The errors of an object; compiles the schema at the first call, in about 100 ms for a Deployment. */
  readonly validate: (object: unknown) => readonly ErrorObject[];
}

/** Finds the schema of a kind; undefined for a kind that it does not have. */
export type SchemaSet = (apiVersion: string, kind: string) => KindSchema | undefined;

/** The schema of the first set that has the kind. */
export function firstOf(...sets: readonly SchemaSet[]): SchemaSet {
  return (apiVersion, kind) => {
    for (const set of sets) {
      const found = set(apiVersion, kind);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** Compiles at the first call. */
export function validatorOf(compile: () => ValidateFunction): KindSchema["validate"] {
  let compiled: ValidateFunction | undefined;
  return (object) => {
    compiled ??= compile();
    return compiled(object) ? [] : (compiled.errors ?? []);
  };
}

const DEFINITIONS = "kubernetes";
const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";

/** Compiles single definitions, which may refer to each other by name. */
export function compilerOf(definitions: ReadonlyMap<string, OpenApiSchema>): (name: string) => ValidateFunction {
  const prefix = "#/definitions/";
  const toJson = (name: string, schema: OpenApiSchema) =>
    name === QUANTITY ? { type: ["string", "number"] } : toJsonSchema(schema, prefix);
  const all = [...definitions].map(([name, schema]) => [name, toJson(name, schema)]);
  const ajv = createAjv();
  ajv.addSchema({ definitions: Object.fromEntries(all) }, DEFINITIONS);
  return (name) => ajv.compile({ $ref: `${DEFINITIONS}${prefix}${name}` });
}

export function createAjv(): Ajv {
  const regExp = Object.assign((pattern: string) => new LinearRegExp(pattern), { code: "" });
  const ajv = new Ajv({ strict: false, allErrors: true, code: { regExp }, logger: false });
  addFormats.default(ajv);
  for (const format of ["int-or-string", "quantity"]) ajv.addFormat(format, true);
  // Kubernetes ignores formats that it does not know.
  return ajv;
}
