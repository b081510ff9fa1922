import { annotationsOf, metaOf } from "../resource.ts";
import type { FunctionCall, KrmFunction } from "./function.ts";

/** Removes the objects that only tools use. */
export const removeLocalConfigResources: KrmFunction = { name: "remove-local-config-resources", version: 1, run };

function run({ items, report }: FunctionCall): void {
  const isLocal = ({ root }: (typeof items)[number]) =>
    annotationsOf(root).get("config.kubernetes.io/local-config")?.toLowerCase() === "true";
  const removed = items.filter(isLocal);
  const kept = items.filter((one) => !isLocal(one));
  items.splice(0, items.length, ...kept);
  if (removed.length === 0) {
    report({ severity: "warning", message: "Found no resources to prune with the local config annotation" });
    return;
  }
  report({ severity: "info", message: `Number of resources pruned: ${removed.length}` });
  for (const resource of removed) {
    report({ severity: "info", message: `Resource name: [${metaOf(resource.root).name}]`, resource });
  }
}
