import { isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from "yaml";
import { pairOf, scalarAt, scalarText } from "../render/nodes/read.ts";
import { removeKey, setNode } from "../render/nodes/write.ts";

/** A part of the path of a field: a key of a mapping, an item of a list by its keys, or the only one of a list. */
type Step =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "item"; readonly match: readonly (readonly [field: string, value: string])[] }
  | { readonly kind: "only" };

const KEY = /^\.?([A-Za-z_][-\w]*)/;
const QUOTED = /^\[("(?:[^"\\]|\\.)*")\]/;
const ITEM = /^\[((?:[\w.]*=(?:[-\w./:]+|"(?:[^"\\]|\\.)*"),?)+)\]/;
const TERM = /^([\w.]*)=([-\w./:]+|"(?:[^"\\]|\\.)*"),?/;

/**
 * Sets, or with undefined removes, the field of a document at a path that a conflict has, such as
 * `spec.containers[name=web].image`. False if the path leads nowhere, or to several places.
 */
export function setAtPath(root: YAMLMap, path: string, value: Node | undefined): boolean {
  const steps = parsePath(path);
  const last = steps?.at(-1);
  if (steps === undefined || last === undefined) return false;
  let parent: unknown = root;
  for (const step of steps.slice(0, -1)) parent = follow(parent, step);
  if (last.kind === "key") {
    if (!isMap(parent)) return false;
    if (value === undefined) return removeKey(parent, last.key);
    return setValue(parent, last.key, value);
  }
  const item = follow(parent, last);
  if (!isSeq(parent) || (item === undefined && value === undefined)) return false;
  return replaceItem(parent, item, value);
}

/** A scalar keeps its quotes and its comment where it can. */
function setValue(parent: YAMLMap, key: string, value: Node): boolean {
  const old: unknown = pairOf(parent, key)?.value;
  if (isScalar(old) && isScalar(value)) {
    if (old.comment) value.comment = old.comment;
    if (old.type !== undefined && typeof old.value === "string" && typeof value.value === "string")
      value.type = old.type;
  }
  setNode(parent, key, value);
  return true;
}

function replaceItem(list: YAMLSeq, item: unknown, value: Node | undefined): boolean {
  const at = list.items.indexOf(item);
  if (value === undefined) list.items.splice(at, 1);
  else if (at === -1) list.items.push(value);
  else list.items[at] = value;
  return true;
}

function follow(node: unknown, step: Step): unknown {
  if (step.kind === "key") return isMap(node) ? pairOf(node, step.key)?.value : undefined;
  if (!isSeq(node)) return undefined;
  const found = step.kind === "only" ? node.items : node.items.filter((item) => isMatch(item, step.match));
  return found.length === 1 ? found[0] : undefined;
}

function isMatch(item: unknown, match: readonly (readonly [string, string])[]): boolean {
  return match.every(([field, value]) => {
    const scalar = field === "" ? item : scalarAt(item, ...field.split("."));
    // A protocol that is not there is TCP.
    if (scalar === undefined) return field === "protocol" && value === "TCP";
    return isScalar(scalar) && scalarText(scalar) === value;
  });
}

/** Undefined for a text that is no path, such as one that was cut. */
function parsePath(path: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (let rest = path; rest !== ""; ) {
    const [quoted, item, key] = [QUOTED, ITEM, KEY].map((pattern) => pattern.exec(rest));
    const found = quoted ?? item ?? key;
    if (rest.startsWith("[0]")) steps.push({ kind: "only" });
    else if (quoted) steps.push({ kind: "key", key: unquote(quoted[1] ?? "") });
    else if (item) steps.push({ kind: "item", match: termsOf(item[1] ?? "") });
    else if (key) steps.push({ kind: "key", key: key[1] ?? "" });
    else return undefined;
    rest = rest.slice(rest.startsWith("[0]") ? 3 : (found?.[0].length ?? 0));
  }
  return steps;
}

function termsOf(text: string): readonly (readonly [string, string])[] {
  const terms: (readonly [string, string])[] = [];
  for (let rest = text; rest !== ""; ) {
    const [whole = rest, field = "", value = ""] = TERM.exec(rest) ?? [];
    terms.push([field, unquote(value)]);
    rest = rest.slice(whole.length);
  }
  return terms;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
