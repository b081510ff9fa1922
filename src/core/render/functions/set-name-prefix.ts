import { Renaming } from "../rename.ts";
import { isLocalConfig, metaOf, type Resource } from "../resource.ts";
import { dataOf, isConfigMap } from "./config.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";

/** Replaces the prefix of names, which is that of the package, and the references to them. */
export const setNamePrefix: KrmFunction = { name: "set-name-prefix", version: 1, run };

const OLD_PREFIX = "packagename";
const PACKAGE_CONTEXT = "kptfile.kpt.dev";

function run({ items, config, report }: FunctionCall): void {
  if (config !== undefined && !isConfigMap(config)) {
    throw new FunctionError("takes a ConfigMap as functionConfig", { field: "kind" });
  }
  const data = config === undefined ? new Map<string, string>() : dataOf(config);
  const prefix = data.get("prefix") ?? packageName(items);
  const old = data.get("oldPrefix") ?? OLD_PREFIX;
  if (prefix === "") throw new FunctionError("needs `data.prefix`, or a package context", { field: "data.prefix" });
  const renaming = new Renaming();
  let count = 0;
  for (const resource of items) {
    const { name, kind } = metaOf(resource.root);
    if (isLocalConfig(resource.root) || kind === "ResourceGroup") continue;
    if (name !== old && !name.startsWith(`${old}-`)) continue;
    renaming.rename(resource, prefix + name.slice(old.length));
    count++;
  }
  renaming.updateReferences(items);
  report({ severity: "info", message: `changed ${count} names` });
}

/** The name in the ConfigMap that kpt writes for a package. */
function packageName(items: readonly Resource[]): string {
  const context = items.find(({ root }) => isConfigMap(root) && metaOf(root).name === PACKAGE_CONTEXT);
  return context === undefined ? "" : (dataOf(context.root).get("name") ?? "");
}
