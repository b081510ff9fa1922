import {
  type Alias,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import type { Collection } from "./collection.ts";

/** What a node was in the text; `node` was read from the text just now, with its tokens. */
export type Original =
  | { readonly kind: "scalar"; readonly node: Scalar }
  | { readonly kind: "alias"; readonly node: Alias }
  | { readonly kind: "pair"; readonly value: unknown }
  | { readonly kind: "collection"; readonly node: Collection; readonly items: readonly unknown[] };

/**
 * The nodes of a changed document that were read from its text. In the values and items of an original, a node that is
 * still there is the changed document's own; one that is gone is that of the text.
 */
export type Originals = ReadonlyMap<Node | Pair, Original>;

/**
 * Finds the nodes of a document that has changed in its text, by their positions. A node that a function has copied
 * from elsewhere may be taken for another one: then the text of that one is edited until it is the copy.
 * @param offset where the text begins in the file that the changed document was read from
 */
export function alignOriginals(changed: unknown, read: unknown, offset: number): Originals {
  const originals = new Map<Node | Pair, Original>();
  align(changed, read, offset, originals);
  return originals;
}

/** True if the nodes belong together. Recurses: the depth has been checked. */
function align(changed: unknown, read: unknown, offset: number, originals: Map<Node | Pair, Original>): boolean {
  if (!isNode(changed) || !isNode(read) || startOf(changed) !== (startOf(read) ?? 0) + offset) return false;
  if (isScalar(changed) && isScalar(read)) {
    originals.set(changed, { kind: "scalar", node: read });
    return true;
  }
  if (isAlias(changed) && isAlias(read)) {
    originals.set(changed, { kind: "alias", node: read });
    return true;
  }
  if (!isCollection(changed) || !isCollection(read) || isMap(changed) !== isMap(read)) return false;
  const byStart = new Map<number, unknown>();
  for (const item of changed.items) {
    const start = startOf(item);
    if (start !== undefined && !byStart.has(start - offset)) byStart.set(start - offset, item);
  }
  const items = (read.items as readonly unknown[]).map((item) => {
    const start = startOf(item);
    const found = start === undefined ? undefined : byStart.get(start);
    if (found === undefined) return item;
    return alignItem(found, item, offset, originals) ? found : item;
  });
  originals.set(changed, { kind: "collection", node: read, items });
  return true;
}

function alignItem(changed: unknown, read: unknown, offset: number, originals: Map<Node | Pair, Original>): boolean {
  if (!isPair(changed) || !isPair(read)) return align(changed, read, offset, originals);
  if (!align(changed.key, read.key, offset, originals)) return false;
  const isAligned = isEmpty(changed.value) ? isEmpty(read.value) : align(changed.value, read.value, offset, originals);
  originals.set(changed as YAMLMap["items"][number] as Pair, {
    kind: "pair",
    value: isAligned ? changed.value : read.value,
  });
  return true;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined;
}

function startOf(item: unknown): number | undefined {
  const node = isPair(item) ? item.key : item;
  return isNode(node) ? node.range?.[0] : undefined;
}

export function hasSameItems(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.length === after.length && before.every((item, at) => item === after[at]);
}
