import { Ajv, type ValidateFunction } from "ajv";
import type { Static, TSchema } from "typebox";

/** Keywords that only the API server evaluates. */
const KUBERNETES_KEYWORDS = [
  "x-kubernetes-validations",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-preserve-unknown-fields",
];

/**
 * A check of values that did not pass the API server, such as the trailers of a commit. The schema is compiled at the
 * first call.
 */
export function validatorOf<T extends TSchema>(schema: T): (value: unknown) => value is Static<T> {
  let compiled: ValidateFunction<Static<T>> | undefined;
  return (value): value is Static<T> => {
    compiled ??= createAjv().compile<Static<T>>(schema);
    return compiled(value);
  };
}

function createAjv(): Ajv {
  const ajv = new Ajv({ strict: "log", allowUnionTypes: true });
  ajv.addVocabulary(KUBERNETES_KEYWORDS);
  for (const format of ["date-time", "int64", "int32", "byte"]) ajv.addFormat(format, true);
  return ajv;
}
