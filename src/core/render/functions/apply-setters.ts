import { isScalar, isSeq, type Scalar, type YAMLSeq } from "yaml";
import { readChecked } from "../../validation/yaml/read-checked.ts";
import { setText } from "../nodes/plain.ts";
import { keyText, scalarText, stringsAt } from "../nodes/read.ts";
import { walk } from "../nodes/walk.ts";
import type { Resource } from "../resource.ts";
import { fillPattern, onlySetterOf, patternOf, readValues, settersOf } from "../setter-pattern.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";

/** Sets fields whose comments name setters: `# kpt-set: ${name}`. */
export const applySetters: KrmFunction = { name: "apply-setters", version: 1, run };

function run({ items, config, report, budget }: FunctionCall): void {
  const values = stringsAt(config, "data");
  let count = 0;
  for (const resource of items) {
    const onSet = (field: string, value: string) => {
      count++;
      budget.spend(1 + value.length / 64);
      const message = `set field value to ${JSON.stringify(value)}`;
      report({ severity: "info", message, resource, field });
    };
    walk(resource.root, {
      entry: ({ key, value }, path) => {
        if (isSeq(value) && keyText(key) !== undefined) setList(resource, value, path, values, onSet);
      },
      scalar: (node, path) => setScalarField(resource, node, path, values, onSet),
    });
  }
  if (count === 0) report({ severity: "info", message: "no matches for input setter(s)" });
}

type OnSet = (field: string, value: string) => void;

function setScalarField(
  resource: Resource,
  node: Scalar,
  field: string,
  values: ReadonlyMap<string, string>,
  onSet: OnSet,
): void {
  const pattern = patternOf(node.comment);
  const current = scalarText(node);
  if (pattern === undefined || current === undefined || !isUsed(pattern, values)) return;
  const known = new Map([...readValues(pattern, current), ...values]);
  const missing = settersOf(pattern).filter((name) => !known.has(name));
  if (missing.length > 0) {
    const message = `needs values of the setters ${missing.join(", ")}: the field does not match ${quote(pattern)}`;
    throw new FunctionError(message, { resource, node, field });
  }
  const text = fillPattern(pattern, known);
  if (text === "") node.type = "QUOTE_DOUBLE";
  setText(node, text);
  onSet(field, text);
}

/** The comment of a list is on the line of its key, or of its brackets. */
function setList(
  resource: Resource,
  list: YAMLSeq,
  field: string,
  values: ReadonlyMap<string, string>,
  onSet: OnSet,
): void {
  const comment = list.flow === true ? list.comment : list.commentBefore;
  const pattern = patternOf(comment);
  if (pattern === undefined || !isUsed(pattern, values)) return;
  const name = onlySetterOf(pattern);
  if (name === undefined) {
    throw new FunctionError(`takes one setter for a list, not ${quote(pattern)}`, { resource, node: list, field });
  }
  const value = values.get(name) ?? "";
  const isEmpty = value === "";
  list.items = isEmpty ? [] : readList(value, { resource, node: list, field });
  list.flow = isEmpty;
  list.comment = isEmpty ? (comment ?? null) : null;
  list.commentBefore = isEmpty ? null : (comment ?? null);
  onSet(field, value);
}

function readList(text: string, place: FunctionError["place"]): YAMLSeq["items"] {
  const read = readChecked(text);
  const contents: unknown = "documents" in read ? read.documents[0]?.contents : undefined;
  if (!isSeq(contents)) throw new FunctionError(`takes a list of values for a list, not ${quote(text)}`, place);
  for (const item of contents.items) if (isScalar(item)) delete item.range;
  return contents.items;
}

function isUsed(pattern: string, values: ReadonlyMap<string, string>): boolean {
  return settersOf(pattern).some((name) => values.has(name));
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
