import { isMap } from "yaml";
import { KPTFILE } from "../render/kptfile.ts";
import { isKustomization } from "../render/krm.ts";
import { findFunctionKey, findTextKey } from "./list-keys.ts";
import type { FieldRules } from "./merge-value.ts";
import type { SideDocument } from "./package-side.ts";

/**
 * What kpt keeps of the local Kptfile, and takes from upstream, whatever the other side has. Name and namespace are
 * those of the package; the inventory is that of its cluster. Conditions come with the readiness gates that they are
 * of.
 */
export const KPTFILE_RULES: FieldRules = {
  owners: new Map([
    ["metadata.name", "local"],
    ["metadata.namespace", "local"],
    ["inventory", "local"],
    ["status.renderStatus", "local"],
    ["upstream", "upstream"],
    ["upstreamLock", "upstream"],
  ]),
  itemKeys: new Map([
    ["pipeline.mutators", findFunctionKey],
    ["pipeline.validators", findFunctionKey],
  ]),
  quiet: new Set(["status"]),
  free: new Set(["pipeline", "info", "status"]),
};

const FILE_LISTS = ["resources", "bases", "components", "crds", "generators", "transformers", "configurations"];

/** Lists of files are sets. */
export const KUSTOMIZATION_RULES: FieldRules = { itemKeys: new Map(FILE_LISTS.map((list) => [list, findTextKey])) };

export function isKptfileDocument({ path, object }: SideDocument): boolean {
  return object?.kind === "Kptfile" && path.slice(path.lastIndexOf("/") + 1) === KPTFILE;
}

export function isKustomizationDocument({ root, path }: SideDocument): boolean {
  return isMap(root) && isKustomization({ root, package: "", path });
}
