import { isMap, isScalar, YAMLMap } from "yaml";
import { type FieldSpec, isKindOf, readFieldSpecs, visitField } from "../field-spec.ts";
import { nodeAt, pairOf, stringsAt } from "../nodes/read.ts";
import { setString } from "../nodes/write.ts";
import { isLocalConfig, type Resource } from "../resource.ts";
import { dataOf, isConfigMap, requireConfig } from "./config.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";

/** Sets labels of all objects, of the pods that they make, and of the selectors that select these. */
export const setLabels: KrmFunction = { name: "set-labels", version: 1, run };

const POD_LABELS = "spec/template/metadata/labels";
const POD_KINDS: readonly Omit<FieldSpec, "path">[] = [
  { version: "v1", kind: "ReplicationController" },
  { kind: "Deployment" },
  { kind: "ReplicaSet" },
  { kind: "DaemonSet" },
  { group: "apps", kind: "StatefulSet" },
  { group: "batch", kind: "Job" },
];
const TERMS = ["podAffinity", "podAntiAffinity"].flatMap((affinity) => [
  `affinity/${affinity}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
  `affinity/${affinity}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
]);
/** In a pod's spec; labels there are changed, none are added. */
const POD_SPEC_FIELDS = ["topologySpreadConstraints/labelSelector/matchLabels", ...TERMS];
const CRON_JOB = { group: "batch", kind: "CronJob" };
const SELECTOR = "spec/selector/matchLabels";
const NETWORK_POLICY = { group: "networking.k8s.io", kind: "NetworkPolicy" };

/** In this order: labels that are not there are added only where `create` is set. */
const FIELDS: readonly FieldSpec[] = [
  { path: "metadata/labels", create: true },
  { path: "spec/selector", create: true, version: "v1", kind: "Service" },
  { path: "spec/selector", create: true, version: "v1", kind: "ReplicationController" },
  ...["Deployment", "ReplicaSet", "DaemonSet"].map((kind) => ({ path: SELECTOR, create: true, kind })),
  { path: SELECTOR, create: true, group: "apps", kind: "StatefulSet" },
  { path: SELECTOR, group: "batch", kind: "Job" },
  { path: SELECTOR, group: "policy", kind: "PodDisruptionBudget" },
  { path: "spec/podSelector/matchLabels", ...NETWORK_POLICY },
  ...POD_KINDS.flatMap((kind) => [
    { path: POD_LABELS, create: true, ...kind },
    ...POD_SPEC_FIELDS.map((field) => ({ path: `spec/template/spec/${field}`, ...kind })),
  ]),
  { path: "spec/jobTemplate/metadata/labels", create: true, ...CRON_JOB },
  { path: `spec/jobTemplate/${SELECTOR}`, ...CRON_JOB },
  { path: `spec/jobTemplate/${POD_LABELS}`, create: true, ...CRON_JOB },
  ...POD_SPEC_FIELDS.map((field) => ({ path: `spec/jobTemplate/spec/template/spec/${field}`, ...CRON_JOB })),
  { path: "spec/volumeClaimTemplates/metadata/labels", create: true, group: "apps", kind: "StatefulSet" },
  { path: `spec/volumeClaimTemplates/${SELECTOR}`, group: "apps", kind: "StatefulSet" },
  { path: "spec/ingress/from/podSelector/matchLabels", ...NETWORK_POLICY },
  { path: "spec/egress/to/podSelector/matchLabels", ...NETWORK_POLICY },
];

function run({ items, config: given, report, budget }: FunctionCall): void {
  const objects = items.filter(({ root }) => !isLocalConfig(root));
  if (objects.length === 0) {
    report({ severity: "info", message: "no input resources" });
    return;
  }
  const config = requireConfig(given, "SetLabels");
  const labels = [...labelsOf(config)].sort(([a], [b]) => (a < b ? -1 : 1));
  if (labels.length === 0) {
    report({ severity: "warning", message: "no `labels` arguments are given in FunctionConfig" });
    return;
  }
  const more = isConfigMap(config) ? [] : readFieldSpecs(config, "additionalLabelFields", "fieldSpecs");
  let count = 0;
  for (const resource of objects) {
    for (const spec of [...FIELDS, ...more]) {
      if (!isOfSpec(resource, spec)) continue;
      visitField(
        resource.root,
        withMissingParents(resource, spec),
        () => new YAMLMap(),
        (node) => {
          if (!isMap(node))
            throw new FunctionError(`takes a mapping at ${spec.path}`, { resource, node, field: spec.path });
          budget.spend(labels.length);
          for (const [key, value] of labels) {
            if (pairOf(node, key) !== undefined || spec.create === true) setString(node, key, value);
          }
          count += labels.length;
        },
      );
    }
  }
  report({ severity: "info", message: `set ${count} labels in total` });
}

function labelsOf(config: YAMLMap): ReadonlyMap<string, string> {
  if (isConfigMap(config)) return dataOf(config);
  const labels = nodeAt(config, "labels");
  const isNull = labels === undefined || (isScalar(labels) && labels.value === null);
  if (!isNull && !isMap(labels))
    throw new FunctionError("takes a mapping as labels", { node: labels, field: "labels" });
  return stringsAt(config, "labels");
}

/** Objects of other groups may have the name of a kind of Kubernetes: a Service of Knative has no selector. */
function isOfSpec({ root }: Resource, spec: FieldSpec): boolean {
  if (!isKindOf(root, spec)) return false;
  const isCore = spec.version === "v1" && spec.group === undefined;
  return !isCore || !String(root.get("apiVersion")).includes("/");
}

/** Below the spec of an object, labels are made only where the spec, or the template, is. */
function withMissingParents({ root }: Resource, spec: FieldSpec): FieldSpec {
  if (spec.create !== true || !spec.path.startsWith("spec/")) return spec;
  const parent = spec.path.endsWith("/metadata/labels") ? spec.path.slice(0, -"/metadata/labels".length) : "spec";
  return { ...spec, create: nodeAt(root, ...parent.split("/")) !== undefined };
}
