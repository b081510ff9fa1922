import { isScalar, isSeq } from "yaml";
import { readChecked } from "../../validation/yaml/read-checked.ts";
import { KPTFILE } from "../kptfile.ts";
import { keyText, mapAt, scalarText, seqAt, stringAt, stringsAt } from "../nodes/read.ts";
import { walk } from "../nodes/walk.ts";
import type { Resource } from "../resource.ts";
import { patternOf, readValues } from "../setter-pattern.ts";
import type { FunctionCall, KrmFunction } from "./function.ts";

/** Lists the setters that comments and the Kptfile name, with their values. Changes nothing. */
export const listSetters: KrmFunction = { name: "list-setters", version: 1, run };

interface Setter {
  readonly value: string;
  type: string;
  count: number;
}

function run({ items, report }: FunctionCall): void {
  const [scalars, lists] = [new Map<string, Setter>(), new Map<string, Setter>()];
  for (const [name, value] of declaredSetters(items)) {
    const list = readList(value);
    if (list === undefined) scalars.set(name, { value, type: "str", count: 0 });
    else lists.set(name, { value: list, type: "array", count: 0 });
  }
  for (const { root } of items) {
    walk(root, {
      entry: ({ key, value }) => {
        if (!isSeq(value) || keyText(key) === undefined) return;
        const pattern = patternOf(value.flow === true ? value.comment : value.commentBefore);
        if (pattern === undefined) return;
        const values = value.items.map((item) => (isScalar(item) ? (scalarText(item) ?? "") : "")).sort();
        count(lists, pattern.replace(/^\$\{/, "").replace(/\}$/, ""), `[${values.join(", ")}]`, "array");
      },
      scalar: (node) => {
        const pattern = patternOf(node.comment);
        const text = scalarText(node);
        if (pattern === undefined || text === undefined) return;
        for (const [name, value] of readValues(pattern, text)) count(scalars, name, value, typeOf(node.value));
      },
    });
  }
  const all = [...lists, ...scalars].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  if (all.length === 0) report({ severity: "warning", message: "no setters found" });
  for (const [name, { value, type, count }] of all) {
    report({ severity: "info", message: `Name: ${name}, Value: ${value}, Type: ${type}, Count: ${count}` });
  }
}

function count(setters: Map<string, Setter>, name: string, value: string, type: string): void {
  const known = setters.get(name);
  if (known === undefined) setters.set(name, { value, type, count: 1 });
  else {
    if (known.type === "str") known.type = type;
    known.count++;
  }
}

function typeOf(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return typeof value === "boolean" ? "bool" : "str";
}

/** The values that the root package's Kptfile gives to apply-setters. */
function declaredSetters(items: readonly Resource[]): ReadonlyMap<string, string> {
  const kptfile = items.find(({ path }) => path === KPTFILE)?.root;
  const declared = new Map<string, string>();
  for (const one of seqAt(kptfile, "pipeline", "mutators")?.items ?? []) {
    if (!stringAt(one, "image").includes("apply-setters")) continue;
    const path = stringAt(one, "configPath");
    const config = items.find((item) => item.path === path)?.root;
    const values = mapAt(one, "configMap") === undefined ? stringsAt(config, "data") : stringsAt(one, "configMap");
    for (const [name, value] of values) declared.set(name, value);
  }
  return declared;
}

function readList(text: string): string | undefined {
  const read = readChecked(text);
  const contents: unknown = "documents" in read ? read.documents[0]?.contents : undefined;
  if (!isSeq(contents)) return undefined;
  return `[${contents.items.map((item) => (isScalar(item) ? (scalarText(item) ?? "") : "")).join(", ")}]`;
}
