import { isMap, type YAMLMap } from "yaml";
import { normalizePath } from "../new-resources.ts";
import { adopt } from "../nodes/adopt.ts";
import { measure } from "../nodes/count.ts";
import { mapAt, seqAt } from "../nodes/read.ts";
import { ensureMap, removeKey, setString } from "../nodes/write.ts";
import { annotationsOf, groupOf, metaOf, type Resource } from "../resource.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";

/** Adds objects, or replaces those that are there. */
export const upsertResource: KrmFunction = { name: "upsert-resource", version: 1, run };

const TARGET_PATH = "config.kubernetes.io/target-path";
const PATH = "internal.config.kubernetes.io/path";
/** Of no use in the result; `index` and `path` belong to the functionConfig's own place. */
const DROPPED = [
  TARGET_PATH,
  PATH,
  "config.kubernetes.io/path",
  "internal.config.kubernetes.io/index",
  "config.kubernetes.io/index",
  "config.kubernetes.io/function",
  "config.k8s.io/function",
];

function run({ items, config, budget }: FunctionCall): void {
  if (config === undefined) throw new FunctionError("needs an object, or a List of objects, as functionConfig");
  for (const wanted of objectsOf(config)) {
    budget.spend(measure(wanted).values);
    const given = annotationsOf(wanted).get(TARGET_PATH) ?? "";
    const target = given === "" ? "" : normalizePath(given);
    const clean = withoutAnnotations(wanted);
    const same = items.filter((one) => isSame(one, wanted, target));
    for (const { root } of same) if (root !== config) adopt(root, clean);
    if (same.length === 0) items.push(newResource(clean, target));
  }
}

function objectsOf(config: YAMLMap): readonly YAMLMap[] {
  if (metaOf(config).kind !== "List") return [config];
  return (seqAt(config, "items")?.items ?? []).map((item) => {
    if (!isMap(item)) throw new FunctionError("takes objects as items of a List", { field: "items" });
    return item;
  });
}

function isSame({ root, path }: Resource, wanted: YAMLMap, target: string): boolean {
  const [one, other] = [metaOf(root), metaOf(wanted)];
  const isFunction = annotationsOf(root).has("config.kubernetes.io/function");
  return (
    !isFunction &&
    groupOf(one.apiVersion) === groupOf(other.apiVersion) &&
    one.kind === other.kind &&
    one.name === other.name &&
    one.namespace === other.namespace &&
    (target === "" || target === path)
  );
}

function withoutAnnotations(wanted: YAMLMap): YAMLMap {
  const copy = wanted.clone() as YAMLMap;
  const [metadata, annotations] = [mapAt(copy, "metadata"), mapAt(copy, "metadata", "annotations")];
  if (metadata === undefined || annotations === undefined) return copy;
  for (const key of DROPPED) removeKey(annotations, key);
  if (annotations.items.length === 0) removeKey(metadata, "annotations");
  return copy;
}

function newResource(root: YAMLMap, target: string): Resource {
  const annotations = target === "" ? undefined : ensureMap(root, "metadata", "annotations");
  if (annotations !== undefined) setString(annotations, PATH, target);
  return { root, package: "" };
}
