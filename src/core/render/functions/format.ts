import { isMap, isScalar, isSeq } from "yaml";
import { compareFields } from "../field-order.ts";
import { keyText, scalarText, stringAt } from "../nodes/read.ts";
import { annotationsOf, metaOf } from "../resource.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";

/** Puts the fields of objects in kpt's order. */
export const format: KrmFunction = { name: "format", version: 1, run };

const STRATEGY = "config.kubernetes.io/formatting";
/** Lists that have no order of their own, with the field that they are sorted by; empty: by their texts. */
const SORTED_LISTS: Readonly<Record<string, string>> = {
  ".spec.template.spec.containers": "name",
  ".webhooks.rules.operations": "",
};
const SORTED_KINDS: ReadonlySet<string> = new Set([
  ...["CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet", "ValidatingWebhookConfiguration"],
]);
const SORTED_APIS: ReadonlySet<string> = new Set([
  ...["apps/v1", "apps/v1beta1", "apps/v1beta2", "batch/v1", "batch/v1beta1", "extensions/v1beta1", "v1"],
  "admissionregistration.k8s.io/v1",
]);

function run({ items }: FunctionCall): void {
  for (const resource of items) {
    const { apiVersion, kind } = metaOf(resource.root);
    const strategy = annotationsOf(resource.root).get(STRATEGY) ?? "standard";
    if (strategy !== "standard" && strategy !== "none") {
      const field = `metadata.annotations.${STRATEGY}`;
      throw new FunctionError(`takes standard or none as ${STRATEGY}`, { resource, field });
    }
    if (strategy === "none" || apiVersion === "" || kind === "") continue;
    formatNode(resource.root, "", SORTED_KINDS.has(kind) && SORTED_APIS.has(apiVersion));
  }
}

function formatNode(node: unknown, path: string, isSorted: boolean): void {
  if (isMap(node)) {
    node.items = node.items.toSorted((a, b) => compareFields(keyText(a.key) ?? "", keyText(b.key) ?? ""));
    for (const { key, value } of node.items) formatNode(value, `${path}.${keyText(key) ?? ""}`, isSorted);
  } else if (isSeq(node)) {
    const field = isSorted && Object.hasOwn(SORTED_LISTS, path) ? SORTED_LISTS[path] : undefined;
    if (field !== undefined) {
      const textOf = (item: unknown) =>
        isScalar(item) ? (scalarText(item) ?? "") : field === "" ? "" : stringAt(item, field);
      node.items = node.items.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0));
    }
    for (const item of node.items) formatNode(item, path, isSorted);
  }
}
