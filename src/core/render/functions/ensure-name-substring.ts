import { isScalar } from "yaml";
import { type FieldSpec, readFieldSpecs, visitField } from "../field-spec.ts";
import { setText } from "../nodes/plain.ts";
import { scalarText } from "../nodes/read.ts";
import { Renaming } from "../rename.ts";
import { groupOf, metaOf, type Resource } from "../resource.ts";
import { dataOf, isConfigMap, requireConfig, settingOf } from "./config.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";

/** Adds a text to the names that do not have it, and to the references to them. */
export const ensureNameSubstring: KrmFunction = { name: "ensure-name-substring", version: 1, run };

interface Settings {
  readonly substring: string;
  readonly isAppended: boolean;
  readonly fields: readonly FieldSpec[];
}

function run({ items, config: given, report }: FunctionCall): void {
  const { substring, isAppended, fields } = readSettings(given);
  const add = (name: string) => (isAppended ? name + substring : substring + name);
  const renaming = new Renaming();
  let count = 0;
  for (const resource of items) {
    if (isSkipped(resource)) continue;
    const { name } = metaOf(resource.root);
    if (!name.includes(substring)) {
      renaming.rename(resource, add(name));
      count++;
    }
    for (const spec of fields) {
      visitField(resource.root, { ...spec, create: false }, never, (node) => {
        const text = isScalar(node) ? (scalarText(node) ?? "") : substring;
        if (isScalar(node) && !text.includes(substring)) setText(node, add(text));
      });
    }
  }
  renaming.updateReferences(items);
  report({ severity: "info", message: `changed ${count} names` });
}

function never(): never {
  throw new Error("no field is made where there is none");
}

function readSettings(given: FunctionCall["config"]): Settings {
  const config = requireConfig(given, "EnsureNameSubstring");
  if (!isConfigMap(config)) {
    const [substring, mode] = [settingOf(config, "substring"), settingOf(config, "editMode")];
    if (substring === "") throw new FunctionError("substring must not be empty", { field: "substring" });
    if (mode !== "" && mode !== "prepend" && mode !== "append") {
      throw new FunctionError("takes prepend or append as editMode", { field: "editMode" });
    }
    const fields = readFieldSpecs(config, "additionalNameFields", "fieldSpecs");
    return { substring, isAppended: mode === "append", fields };
  }
  const [first, ...more] = [...dataOf(config)];
  if (first === undefined || more.length > 0 || !["prepend", "append"].includes(first[0]) || first[1] === "") {
    throw new FunctionError("takes one entry, prepend or append, in its ConfigMap", { field: "data" });
  }
  return { substring: first[1], isAppended: first[0] === "append", fields: [] };
}

/** Their names mean something to Kubernetes, or to kpt. */
function isSkipped({ root }: Resource): boolean {
  const { apiVersion, kind } = metaOf(root);
  const group = groupOf(apiVersion);
  return (
    kind === "CustomResourceDefinition" ||
    kind === "Namespace" ||
    (group === "apiregistration.k8s.io" && kind === "APIService") ||
    (group === "kpt.dev" && kind === "Kptfile")
  );
}
