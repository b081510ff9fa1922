import { isCollection, isMap, isPair, isScalar, type Node, type Scalar, type YAMLMap } from "yaml";
import { isSameValue } from "../render/external/plain-nodes.ts";
import { keyText } from "../render/nodes/read.ts";
import { setScalar } from "../render/nodes/write.ts";

/** Compares values of fields; undefined is a field that is not there, and null a value. */
export function isSame(a: unknown, b: unknown): boolean {
  return a === undefined || b === undefined ? a === b : isSameValue(a, b);
}

/** A copy for another document. It has no positions, since printing would look for its text there. */
export function copyOf(node: unknown): Node | null {
  if (!isScalar(node) && !isCollection(node)) return null;
  const copy = node.clone() as Node;
  forgetPositions(copy);
  return copy;
}

function forgetPositions(node: unknown): void {
  if (isPair(node)) {
    forgetPositions(node.key);
    forgetPositions(node.value);
  } else if (isScalar(node) || isCollection(node)) {
    delete node.range;
    delete node.srcToken;
    if (isCollection(node)) for (const item of node.items) forgetPositions(item);
  }
}

export type Entry = YAMLMap["items"][number];

/** The entries of a mapping by their keys; undefined for one with a key that is no text. */
export function entriesOf(map: YAMLMap): ReadonlyMap<string, Entry> | undefined {
  const entries = new Map<string, Entry>();
  for (const pair of map.items) {
    const key = keyText(pair.key);
    if (key === undefined || entries.has(key)) return undefined;
    entries.set(key, pair);
  }
  return entries;
}

/** The value of an entry; undefined without an entry. */
export function valueAt(entry: Entry | undefined): unknown {
  return entry === undefined ? undefined : (entry.value ?? null);
}

export function isNull(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

/** A mapping, or what may become one. */
export function isMapOrNothing(node: unknown): node is YAMLMap | undefined {
  return node === undefined || isMap(node);
}

/** Sets a scalar as another document has it; quotes and comment stay. False where the text needs another notation. */
export function setLike(local: Scalar, wanted: Scalar): boolean {
  if (isBlock(wanted) || isBlock(local)) return false;
  setScalar(local, wanted.value as string);
  if (typeof wanted.value === "string" || wanted.source === undefined) return true;
  const { source, format, minFractionDigits } = wanted;
  Object.assign(local, {
    source,
    ...(format !== undefined && { format }),
    ...(minFractionDigits !== undefined && { minFractionDigits }),
  });
  return true;
}

function isBlock({ type }: Scalar): boolean {
  return type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED";
}
