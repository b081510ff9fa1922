import { Ajv, type ValidateFunction } from "ajv";
import type { Static, TSchema } from "typebox";

/** What only the API server evaluates; ajv passes over it. */
const KUBERNETES_KEYWORDS = [
  "x-kubernetes-validations",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-preserve-unknown-fields",
];

/**
 * A check of values that did not come through the API server, such as what somebody wrote into a commit message. Compiled at
 * its first use.
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
