import { isMap, YAMLMap } from "yaml";
import { type FieldSpec, readFieldSpecs, visitField } from "../field-spec.ts";
import { stringsAt } from "../nodes/read.ts";
import { setString } from "../nodes/write.ts";
import { metaOf } from "../resource.ts";
import { dataOf, isConfigMap, isFnConfig, requireConfig } from "./config.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";

/** Sets annotations of all objects, and of the pods that they make. */
export const setAnnotations: KrmFunction = { name: "set-annotations", version: 1, run };

const TEMPLATE = "spec/template/metadata/annotations";
const FIELDS: readonly FieldSpec[] = [
  { path: "metadata/annotations", create: true },
  { path: TEMPLATE, create: true, version: "v1", kind: "ReplicationController" },
  ...["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"].map((kind) => ({ path: TEMPLATE, create: true, kind })),
  { path: TEMPLATE, create: true, group: "batch", kind: "Job" },
  { path: "spec/jobTemplate/metadata/annotations", create: true, group: "batch", kind: "CronJob" },
  { path: `spec/jobTemplate/${TEMPLATE}`, create: true, group: "batch", kind: "CronJob" },
];

/** The older name of the functionConfig's kind. */
const OLD_KIND = "SetAnnotationConfig";

function run({ items, config: given, report, budget }: FunctionCall): void {
  const isOld = given !== undefined && isFnConfig(given, OLD_KIND);
  const config = isOld ? given : requireConfig(given, "SetAnnotations");
  const annotations = isConfigMap(config) ? dataOf(config) : stringsAt(config, "annotations");
  if (annotations.size === 0) throw new FunctionError("needs annotations in its functionConfig", { field: "data" });
  const sorted = [...annotations].sort(([a], [b]) => (a < b ? -1 : 1));
  const more = isConfigMap(config) ? [] : readFieldSpecs(config, "additionalAnnotationFields", "fieldSpecs");
  let count = 0;
  for (const resource of items) {
    if (metaOf(resource.root).kind === "") continue;
    for (const spec of [...more, ...FIELDS]) {
      visitField(
        resource.root,
        spec,
        () => new YAMLMap(),
        (node) => {
          if (!isMap(node))
            throw new FunctionError(`takes a mapping at ${spec.path}`, { resource, node, field: spec.path });
          budget.spend(sorted.length);
          for (const [key, value] of sorted) setString(node, key, value);
          count++;
        },
      );
    }
  }
  report({ severity: "info", message: `set ${sorted.length} annotations in ${count} fields` });
}
