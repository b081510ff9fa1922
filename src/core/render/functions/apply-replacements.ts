import { isMap, isScalar, isSeq, type Node, Scalar, type YAMLMap } from "yaml";
import { type FieldSlot, findFields, lookUp, PathError } from "../find-fields.ts";
import type { Budget } from "../limits.ts";
import { measure } from "../nodes/count.ts";
import { setText } from "../nodes/plain.ts";
import { scalarText } from "../nodes/read.ts";
import { setScalar } from "../nodes/write.ts";
import { InvalidPattern } from "../regexp.ts";
import { annotationsOf, groupOf, labelsOf, metaOf, type Resource } from "../resource.ts";
import { isFnConfig } from "./config.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";
import { isAtMost } from "./image-tag.ts";
import {
  type FieldOptions,
  type ObjectSelector,
  type Replacement,
  type ReplacementTarget,
  readReplacements,
  type TargetSelector,
} from "./replacements.ts";

/** Copies the value of a field to other fields, as kustomize's replacements. */
export const applyReplacements: KrmFunction = { name: "apply-replacements", version: 1, run };

/** Steps of matching a selector. */
const MATCHED_SELECTOR = 50;

/**
 * Tags up to v0.1.1 are built with kustomize 0.10: a target field that is missing is skipped, names and items of lists
 * match exactly, and the value keeps the type of its source. Later ones are built with 0.19.
 */
interface Mode {
  readonly isOld: boolean;
}

function run({ items, config, image, report, budget }: FunctionCall): void {
  if (config === undefined || !isFnConfig(config, "ApplyReplacements")) {
    throw new FunctionError("needs an ApplyReplacements of fn.kpt.dev/v1alpha1 as functionConfig", { field: "kind" });
  }
  const mode = { isOld: isAtMost(image, 0, 1, 1) };
  for (const [at, replacement] of readReplacements(config).entries()) {
    const value = sourceValue(replacement, items, at);
    for (const [index, target] of replacement.targets.entries()) {
      const field = `replacements[${at}].targets[${index}]`;
      const place = { node: replacement.node, field };
      budget.match(items.length * MATCHED_SELECTOR * (1 + target.reject.length));
      for (const resource of items) {
        if (!isTarget(resource, target)) continue;
        for (const path of target.fieldPaths) {
          const slots = targetSlots(resource, path, target, value, mode, place, budget);
          if (slots.length === 0) {
            const message = `finds no field ${path.join(".")} in ${describe(resource)}`;
            if (!mode.isOld) throw new FunctionError(message, { resource, field: path.join(".") });
            report({ severity: "info", message, resource, field: path.join(".") });
          }
          for (const slot of slots) {
            budget.spend(measure(value).values);
            setValue(slot, value, target.options, mode, { resource, field: path.join(".") });
          }
        }
      }
    }
  }
}

function sourceValue({ source, node }: Replacement, items: readonly Resource[], at: number): Node {
  if (source.kind === "value") return new Scalar(source.value);
  const place = { node, field: `replacements[${at}].source` };
  const found = items.filter(({ root }) => isSelected(root, source.select));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const problem = only === undefined ? "selects no resource" : `selects ${found.length} resources, not one`;
    throw new FunctionError(`has a source that ${problem}: ${describeSelector(source.select)}`, place);
  }
  const value = lookUp(only.root, source.fieldPath);
  if (value === undefined || isNullOrEmpty(value)) {
    const message = `finds no field ${source.fieldPath.join(".")} in the source, ${describe(only)}`;
    throw new FunctionError(message, place);
  }
  return source.options.delimiter === "" ? value : partOf(value, source.options, place);
}

function isNullOrEmpty(node: Node): boolean {
  return isScalar(node) ? node.value === null : (isMap(node) || isSeq(node)) && node.items.length === 0;
}

function partOf(value: Node, { delimiter, index }: FieldOptions, place: FunctionError["place"]): Node {
  if (!isScalar(value)) throw new FunctionError("takes a delimiter only for a text", place);
  const text = scalarText(value) ?? "";
  const part = text.split(delimiter)[index];
  if (index < 0 || part === undefined) {
    throw new FunctionError(`takes part ${index} of ${JSON.stringify(text.slice(0, 200))}, which has fewer`, place);
  }
  const copy = value.clone() as Scalar;
  setKept(copy, part);
  return copy;
}

function isSelected(root: YAMLMap, { group, version, kind, name, namespace }: ObjectSelector): boolean {
  const meta = metaOf(root);
  const own = groupOf(meta.apiVersion);
  return (
    (group === "" || group === own) &&
    (version === "" || version === versionOf(meta.apiVersion)) &&
    (kind === "" || kind === meta.kind) &&
    (name === "" || name === meta.name) &&
    (namespace === "" || namespace === (meta.namespace || "default"))
  );
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

function isTarget(resource: Resource, { select, reject }: ReplacementTarget): boolean {
  const matches = (selector: TargetSelector) => isSelected(resource.root, selector);
  const hasLabels = ({ labels, annotations }: TargetSelector) =>
    labels(labelsOf(resource.root)) && annotations(annotationsOf(resource.root));
  if (!hasLabels(select) || reject.some((one) => one.hasTests && hasLabels(one))) return false;
  return matches(select) && !reject.some((one) => !isEmptySelector(one) && matches(one));
}

function isEmptySelector({ group, version, kind, name, namespace }: ObjectSelector): boolean {
  return group + version + kind + name + namespace === "";
}

function targetSlots(
  resource: Resource,
  path: readonly string[],
  { options }: ReplacementTarget,
  value: Node,
  { isOld }: Mode,
  place: FunctionError["place"],
  { match }: Budget,
): readonly FieldSlot[] {
  const root = { node: resource.root, replace: () => {} };
  const create = isMap(value) ? "map" : isSeq(value) ? "seq" : "scalar";
  try {
    return findFields(root, path, { isRegExp: !isOld, spend: match, ...(options.create && { create }) });
  } catch (error) {
    if (error instanceof InvalidPattern) throw new FunctionError(`takes a field path: ${error.message}`, place);
    if (!(error instanceof PathError)) throw error;
    if (isOld && !options.create) return [];
    throw new FunctionError(`cannot follow ${path.join(".")} in ${describe(resource)}: ${error.message}`, {
      resource,
      field: path.join("."),
    });
  }
}

function setValue(
  slot: FieldSlot,
  value: Node,
  options: FieldOptions,
  { isOld }: Mode,
  place: FunctionError["place"],
): void {
  const { node } = slot;
  if (options.delimiter !== "") {
    if (!isScalar(node) || !isScalar(value)) throw new FunctionError("takes a delimiter only for a text", place);
    setKept(node, joinAt(scalarText(node) ?? "", scalarText(value) ?? "", options));
  } else if (isScalar(node) && isScalar(value) && node.value !== null) copyScalar(node, value, isOld);
  else slot.replace(withoutComments(value));
}

/** A text stays one: part of it may look like a number. */
function setKept(node: Scalar, text: string): void {
  if (typeof node.value === "string") setScalar(node, text);
  else setText(node, text);
}

function joinAt(text: string, value: string, { delimiter, index }: FieldOptions): string {
  const parts = text.split(delimiter);
  if (index < 0) parts.unshift(value);
  else if (index >= parts.length) parts.push(value);
  else parts[index] = value;
  return parts.join(delimiter);
}

/** The field keeps its comment, and its quotes where the type stays. */
function copyScalar(target: Scalar, source: Scalar, isOld: boolean): void {
  const text = scalarText(source) ?? "";
  if (typeof target.value === "string" && (!isOld || typeof source.value === "string")) setScalar(target, text);
  else if (isOld) {
    target.type = source.type ?? "PLAIN";
    if (typeof source.value === "string") setScalar(target, source.value);
    else setText(target, text);
  } else setText(target, text);
}

function withoutComments(value: Node): Node {
  const copy = value.clone() as Node;
  delete copy.comment;
  delete copy.commentBefore;
  return copy;
}

function describe({ root }: Resource): string {
  const { kind, name, namespace } = metaOf(root);
  return `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
}

function describeSelector(selector: ObjectSelector): string {
  const parts = Object.entries(selector).filter(([, value]) => typeof value === "string" && value !== "");
  return parts.length === 0 ? "all" : parts.map(([key, value]) => `${key} ${String(value)}`).join(", ");
}
