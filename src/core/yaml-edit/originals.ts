import { type Document, isAlias, isCollection, isPair, isScalar, type Node, type Pair } from "yaml";

/** What a node was when its text was read. */
export type Original =
  | { readonly kind: "scalar"; readonly value: unknown; readonly source: string | undefined; readonly comment: Comment }
  | { readonly kind: "alias"; readonly source: string; readonly comment: Comment }
  | { readonly kind: "pair"; readonly key: unknown; readonly value: unknown }
  | {
      readonly kind: "collection";
      readonly items: readonly unknown[];
      readonly flow: boolean;
      readonly commentBefore: Comment;
    };

type Comment = string | null | undefined;

/**
 * The nodes of a document as they were read, by identity: a node that is in here and unchanged is printed as its bytes.
 * Functions change nodes as they like, and need not say what they changed.
 */
export type Originals = ReadonlyMap<Node | Pair, Original>;

/** Recurses: the depth of the document has been checked. */
export function recordOriginals(document: Document.Parsed): Originals {
  const originals = new Map<Node | Pair, Original>();
  record(document.contents, originals);
  return originals;
}

function record(node: unknown, originals: Map<Node | Pair, Original>): void {
  if (isScalar(node)) {
    const { value, source, comment } = node;
    originals.set(node, { kind: "scalar", value, source, comment });
  } else if (isAlias(node)) originals.set(node, { kind: "alias", source: node.source, comment: node.comment });
  else if (isPair(node)) {
    originals.set(node, { kind: "pair", key: node.key, value: node.value });
    record(node.key, originals);
    record(node.value, originals);
  } else if (isCollection(node)) {
    const { items, flow, commentBefore } = node;
    originals.set(node, { kind: "collection", items: [...items], flow: flow === true, commentBefore });
    for (const item of items) record(item, originals);
  }
}

/** True if a node and all below it are as they were read. */
export function isUnchanged(node: unknown, originals: Originals): boolean {
  if (node === null || node === undefined) return true;
  if (isScalar(node)) {
    const was = originals.get(node);
    return (
      was?.kind === "scalar" &&
      Object.is(was.value, node.value) &&
      was.source === node.source &&
      was.comment === node.comment
    );
  }
  if (isAlias(node)) {
    const was = originals.get(node);
    return was?.kind === "alias" && was.source === node.source && was.comment === node.comment;
  }
  if (isPair(node)) {
    const was = originals.get(node);
    if (was?.kind !== "pair" || was.key !== node.key || was.value !== node.value) return false;
    return isUnchanged(node.key, originals) && isUnchanged(node.value, originals);
  }
  if (!isCollection(node)) return false;
  const was = originals.get(node);
  if (was?.kind !== "collection" || was.flow !== (node.flow === true)) return false;
  if (was.commentBefore !== node.commentBefore || !hasSameItems(was.items, node.items)) return false;
  return node.items.every((item) => isUnchanged(item, originals));
}

export function hasSameItems(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.length === after.length && before.every((item, at) => item === after[at]);
}
