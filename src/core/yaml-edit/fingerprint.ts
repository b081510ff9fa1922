import { isAlias, isMap, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";

/** What the root of a document was, but for quotes. Takes a tenth of the memory of the nodes. */
export interface Fingerprint {
  /** Of the root without its items. */
  readonly root: readonly unknown[];
  readonly items: readonly { readonly item: unknown; readonly entries: readonly unknown[] }[];
}

/** The number of a kind of node, which tells how many entries of a fingerprint follow. */
const [NULL, PAIR, SCALAR, ALIAS, MAP, LIST] = [0, 1, 2, 3, 4, 5];
/** Added to the number of a node that has an anchor or a tag. */
const HAS_PROPERTIES = 8;

/** Recurses: the depth has been checked. */
export function fingerprint(root: unknown): Fingerprint {
  return {
    root: addSelf(root, []),
    items: isCollection(root) ? root.items.map((item: unknown) => ({ item, entries: add(item, []) })) : [],
  };
}

/**
 * The items of a root that are not what they were, by index. Undefined if the root itself has changed, or has other
 * items, or in another order. Recurses as deep as the nodes were.
 */
export function changedItems(root: unknown, before: Fingerprint): readonly number[] | undefined {
  const items: readonly unknown[] = isCollection(root) ? root.items : [];
  if (matchSelf(root, before.root, 0) !== before.root.length) return undefined;
  if (!before.items.every(({ item }, at) => item === items[at])) return undefined;
  return before.items.flatMap(({ item, entries }, at) => (match(item, entries, 0) === entries.length ? [] : [at]));
}

function add(node: unknown, to: unknown[]): unknown[] {
  if (node instanceof Pair) {
    to.push(PAIR);
    add(node.key, to);
    add(node.value, to);
    return to;
  }
  addSelf(node, to);
  if (isCollection(node)) for (const item of node.items) add(item, to);
  return to;
}

function addSelf(node: unknown, to: unknown[]): unknown[] {
  if (node instanceof Scalar) to.push(kindOf(node, SCALAR), node.value, notationOf(node), node.comment ?? "");
  else if (isCollection(node)) {
    const kind = kindOf(node, isMap(node) ? MAP : LIST);
    to.push(kind, node.items.length, node.flow === true, node.comment ?? "", node.commentBefore ?? "");
  } else if (isAlias(node)) to.push(ALIAS, node.source, node.comment ?? "");
  else to.push(NULL);
  if (hasProperties(node)) to.push(node.anchor, node.tag);
  return to;
}

/** The index after the entries of a node that is what it was; -1 for another one. */
function match(node: unknown, before: readonly unknown[], start: number): number {
  if (node instanceof Pair) {
    if (before[start] !== PAIR) return -1;
    const value = match(node.key, before, start + 1);
    return value === -1 ? -1 : match(node.value, before, value);
  }
  let at = matchSelf(node, before, start);
  if (at === -1 || !isCollection(node)) return at;
  for (const item of node.items) {
    at = match(item, before, at);
    if (at === -1) return -1;
  }
  return at;
}

function matchSelf(node: unknown, before: readonly unknown[], at: number): number {
  if (node instanceof Scalar && !hasProperties(node)) {
    // Most nodes are of this kind.
    const isSame = before[at] === SCALAR && Object.is(before[at + 1], node.value);
    return isSame && before[at + 2] === notationOf(node) && before[at + 3] === (node.comment ?? "") ? at + 4 : -1;
  }
  const entries = addSelf(node, []);
  return entries.every((entry, index) => Object.is(entry, before[at + index])) ? at + entries.length : -1;
}

function isCollection(node: unknown): node is YAMLMap | YAMLSeq {
  return node instanceof YAMLMap || node instanceof YAMLSeq;
}

/** A text is printed as it is; of other values, the notation is kept. */
function notationOf({ value, source }: Scalar): string {
  return typeof value === "string" ? "" : (source ?? String(value));
}

function kindOf(node: Scalar | YAMLMap | YAMLSeq, kind: number): number {
  return hasProperties(node) ? kind + HAS_PROPERTIES : kind;
}

function hasProperties(node: unknown): node is Scalar | YAMLMap | YAMLSeq {
  if (!(node instanceof Scalar) && !isCollection(node)) return false;
  return node.anchor !== undefined || node.tag !== undefined;
}
