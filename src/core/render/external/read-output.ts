import { isMap, isSeq, type YAMLMap } from "yaml";
import { locate } from "../../validation/text-position.ts";
import { readChecked } from "../../validation/yaml/read-checked.ts";
import { FunctionError } from "../functions/function.ts";
import { nodeAt, seqAt, stringAt } from "../nodes/read.ts";
import { nodeOf } from "./plain-nodes.ts";

const [LINE_BREAK, COMMA, BRACKET, BRACE] = [0x0a, 0x2c, 0x5b, 0x7b];

export interface FunctionResultList {
  readonly items: readonly YAMLMap[];
  readonly results: readonly YAMLMap[];
}

/** At least the number of values in a text: what has too many is not read at all, since each takes a hundred bytes. */
export function countMarks(text: string): number {
  let marks = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === LINE_BREAK || code === COMMA || code === BRACKET || code === BRACE) marks += 1;
  }
  return marks;
}

/** Reads what a function wrote to stdout. Throws a FunctionError for what is no ResourceList. */
export function readResourceList(text: string): FunctionResultList {
  const root = readRoot(text);
  if (!isMap(root) || stringAt(root, "kind") !== "ResourceList") throw new FunctionError("wrote no ResourceList");
  const items = nodeAt(root, "items");
  if (!isSeq(items)) throw new FunctionError("wrote a ResourceList without a list of items");
  return { items: mapsOf(items.items, "item"), results: mapsOf(seqAt(root, "results")?.items ?? [], "result") };
}

/** The results of a function that has failed, which need not have written anything. */
export function readResults(text: string): readonly YAMLMap[] {
  try {
    return mapsOf(seqAt(readRoot(text), "results")?.items ?? [], "result");
  } catch (error) {
    if (error instanceof FunctionError) return [];
    throw error;
  }
}

function readRoot(text: string): unknown {
  const json = text.startsWith("{") ? readJson(text) : undefined;
  if (json !== undefined) return json;
  if (text.trim() === "") throw new FunctionError("wrote nothing to stdout, where a ResourceList is expected");
  const read = readChecked(text);
  if ("documents" in read) return read.documents[0]?.contents;
  const [problem] = read.problems;
  const { line } = locate(text, problem?.offset ?? 0);
  throw new FunctionError(`wrote a ResourceList that cannot be read: line ${line}: ${problem?.message}`);
}

/** Undefined for a text that is YAML only. */
function readJson(text: string): unknown {
  try {
    return nodeOf(JSON.parse(text, keepDigits));
  } catch (error) {
    if (error instanceof RangeError) throw new FunctionError(`wrote a ResourceList that ${error.message}`);
    return undefined;
  }
}

function keepDigits(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isLarge = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
  return isLarge && /^-?[0-9]+$/.test(context?.source ?? "") ? BigInt(context?.source ?? 0) : value;
}

function mapsOf(items: readonly unknown[], name: string): readonly YAMLMap[] {
  return items.map((item, at) => {
    if (isMap(item)) return item;
    throw new FunctionError(`wrote a ResourceList whose ${name} ${at} is no mapping`);
  });
}
