import { isScalar, isSeq, type YAMLSeq } from "yaml";
import { readChecked } from "../../validation/yaml/read-checked.ts";
import { keyText, scalarText } from "../nodes/read.ts";
import { walk } from "../nodes/walk.ts";
import { dataOf } from "./config.ts";
import { type FunctionCall, FunctionError, type KrmFunction } from "./function.ts";

/** Adds comments that name setters to the fields whose values the setters have. */
export const createSetters: KrmFunction = { name: "create-setters", version: 1, run };

interface Setters {
  /** The longest value first. */
  readonly scalars: readonly { readonly name: string; readonly value: string }[];
  /** Sorted values. */
  readonly lists: readonly { readonly name: string; readonly values: readonly string[] }[];
}

function run({ items, config, report, budget }: FunctionCall): void {
  const setters = readSetters(config === undefined ? new Map() : dataOf(config));
  let count = 0;
  for (const resource of items) {
    const onFound = (field: string, comment: string) => {
      count++;
      budget.spend(1 + comment.length / 64);
      report({ severity: "info", message: `Added line comment ${JSON.stringify(comment)}`, resource, field });
    };
    walk(resource.root, {
      entry: ({ key, value }, path) => {
        const comment = isSeq(value) && keyText(key) !== undefined ? commentList(value, setters) : undefined;
        if (comment !== undefined) onFound(path, comment);
      },
      scalar: (node, path) => {
        const value = scalarText(node) ?? "";
        const pattern = value.includes("\n") ? value : toPattern(value, setters.scalars);
        if (pattern === value) return;
        node.comment = ` kpt-set: ${pattern}`;
        onFound(path, `kpt-set: ${pattern}`);
      },
    });
  }
  if (count === 0) report({ severity: "info", message: "no matches for the input list of setters" });
}

function readSetters(data: ReadonlyMap<string, string>): Setters {
  if (data.size === 0) throw new FunctionError("needs setters in its functionConfig", { field: "data" });
  const scalars: { readonly name: string; readonly value: string }[] = [];
  const lists: { readonly name: string; readonly values: readonly string[] }[] = [];
  for (const [name, value] of [...data].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const read = readChecked(value);
    const contents: unknown = "documents" in read ? read.documents[0]?.contents : undefined;
    if (isSeq(contents)) lists.push({ name, values: valuesOf(contents) });
    else if (isScalar(contents) && value !== "") scalars.push({ name, value });
    else throw new FunctionError(`takes a text or a list as the value of ${JSON.stringify(name.slice(0, 100))}`);
  }
  return { scalars: scalars.sort((a, b) => b.value.length - a.value.length), lists };
}

function valuesOf({ items }: YAMLSeq): readonly string[] {
  return items.map((item) => (isScalar(item) ? (scalarText(item) ?? "") : "")).sort();
}

/** The comment of a list whose values a setter has, in any order. A list in brackets gets lines for its comments. */
function commentList(list: YAMLSeq, { scalars, lists }: Setters): string | undefined {
  const values = valuesOf(list);
  const hasScalar = values.some((value) => scalars.some((one) => value.includes(one.value)));
  if (list.flow === true && hasScalar) list.flow = false;
  const setter = lists.find(
    (one) => one.values.length === values.length && one.values.every((v, at) => v === values[at]),
  );
  if (setter === undefined) return undefined;
  const comment = ` kpt-set: \${${setter.name}}`;
  if (values.length === 0) list.comment = comment;
  else {
    list.flow = false;
    list.comment = null;
    list.commentBefore = comment;
  }
  return comment.slice(1);
}

/** Replaces the values of setters from left to right, as Go's replacer does. */
function toPattern(value: string, scalars: Setters["scalars"]): string {
  let result = "";
  for (let at = 0; at < value.length; ) {
    const setter = scalars.find((one) => value.startsWith(one.value, at));
    result += setter === undefined ? value.charAt(at) : `\${${setter.name}}`;
    at += setter?.value.length ?? 1;
  }
  return result;
}
