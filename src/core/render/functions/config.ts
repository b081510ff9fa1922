import type { YAMLMap } from "yaml";
import { stringAt, stringsAt } from "../nodes/read.ts";
import { metaOf } from "../resource.ts";
import { FunctionError } from "./function.ts";

const FN_GROUP = "fn.kpt.dev/v1alpha1";

/** True for a functionConfig that is a ConfigMap: of `configMap`, or of a file. */
export function isConfigMap(config: YAMLMap): boolean {
  const { apiVersion, kind } = metaOf(config);
  return apiVersion === "v1" && kind === "ConfigMap";
}

/** True for the functionConfig of the function's own kind. */
export function isFnConfig(config: YAMLMap, kind: string): boolean {
  const meta = metaOf(config);
  return meta.apiVersion === FN_GROUP && meta.kind === kind;
}

/** The functionConfig; throws a FunctionError if there is none, or one of another kind. */
export function requireConfig(config: YAMLMap | undefined, kind: string): YAMLMap {
  if (config === undefined) {
    throw new FunctionError(`needs a functionConfig: a configMap, or the configPath of a ${kind} of ${FN_GROUP}`);
  }
  if (isConfigMap(config) || isFnConfig(config, kind)) return config;
  const meta = metaOf(config);
  const found = JSON.stringify(`${meta.kind} of ${meta.apiVersion}`.slice(0, 200));
  throw new FunctionError(`takes a ConfigMap or a ${kind} of ${FN_GROUP} as functionConfig, not ${found}`, {
    field: "kind",
  });
}

/** The texts of a ConfigMap. */
export function dataOf(config: YAMLMap): ReadonlyMap<string, string> {
  return stringsAt(config, "data");
}

/** A text of a functionConfig: of `data` in a ConfigMap, else of the field. */
export function settingOf(config: YAMLMap, key: string): string {
  return isConfigMap(config) ? (dataOf(config).get(key) ?? "") : stringAt(config, key);
}
