import { isNode, isScalar, type Range, type Scalar, stringify, type YAMLMap } from "yaml";

/** A piece of a text to be replaced; offsets in UTF-16 code units. Nodes and texts below belong together. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The index of the entry with this key; -1 if there is none. */
export function findKey(map: YAMLMap, key: string): number {
  return map.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** Plain where Kubernetes reads that as this text, also between the brackets of a flow collection. */
function scalar(value: string): string {
  return /^[-\w./]+$/.test(value)
    ? stringify(value, { version: "1.1", lineWidth: 0 }).trimEnd()
    : JSON.stringify(value);
}

/** True for a literal (`|`) or folded (`>`) scalar, which has lines of its own. */
export function isBlock({ type }: Scalar): boolean {
  return type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED";
}

/** Not for block scalars. */
export function replaceScalar(node: Scalar, value: string): Splice {
  return { start: startOf(node), end: endOf(node), text: scalar(value) };
}

/** Inserts an entry after that of the key `after`, on a line of its own in a block; nowhere if there is none. */
export function insertEntry(
  text: string,
  map: YAMLMap,
  { key, value }: { readonly key: string; readonly value: string },
  after: string,
): Splice | undefined {
  const previous = map.items[findKey(map, after)];
  if (!isScalar(previous?.value) || isBlock(previous.value)) return undefined;
  const entry = `${key}: ${scalar(value)}`;
  const end = endOf(previous.value);
  if (map.flow === true) return { start: end, end, text: `, ${entry}` };
  const lineStart = text.lastIndexOf("\n", startOf(previous.key) - 1) + 1;
  const indent = text.slice(lineStart, startOf(previous.key));
  // A comment may follow on the same line.
  const lineEnd = text.indexOf("\n", end);
  const place = lineEnd === -1 ? text.length : text[lineEnd - 1] === "\r" ? lineEnd - 1 : lineEnd;
  return { start: place, end: place, text: `${text.includes("\r\n") ? "\r\n" : "\n"}${indent}${entry}` };
}

/** Removes an entry up to the next key; the last one with the line break or the comma before it. */
export function removeEntry(text: string, map: YAMLMap, at: number): Splice {
  const [before, pair, next] = [map.items[at - 1], map.items[at], map.items[at + 1]];
  const start = startOf(pair?.key);
  if (next !== undefined) return { start, end: startOf(next.key), text: "" };
  const lineBreak = text.lastIndexOf("\n", start - 1);
  const lastStart = map.flow !== true ? lineBreak : before === undefined ? start : endOf(before.value ?? before.key);
  return { start: lastStart, end: endOf(pair?.value), text: "" };
}

function startOf(node: unknown): number {
  return rangeOf(node)[0];
}

function endOf(node: unknown): number {
  return rangeOf(node)[1];
}

/** Of a node that was read from a text. */
function rangeOf(node: unknown): Range {
  if (!isNode(node) || !node.range) throw new Error("a node of YAML has no position");
  return node.range;
}

export function applySplice(text: string, { start, end, text: replacement }: Splice): string {
  return text.slice(0, start) + replacement + text.slice(end);
}
