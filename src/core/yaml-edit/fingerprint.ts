import { isAlias, isCollection, isMap, isPair, isScalar } from "yaml";

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
    root: entriesOf((take) => visitSelf(root, take)),
    items: isCollection(root)
      ? root.items.map((item: unknown) => ({ item, entries: entriesOf((take) => visit(item, take)) }))
      : [],
  };
}

/**
 * The items of a root that are not what they were, by index. Undefined if the root itself has changed, or has other
 * items, or in another order. Recurses as deep as the nodes were.
 */
export function changedItems(root: unknown, before: Fingerprint): readonly number[] | undefined {
  const items: readonly unknown[] = isCollection(root) ? root.items : [];
  if (!isSame(before.root, (take) => visitSelf(root, take))) return undefined;
  if (!before.items.every(({ item }, at) => item === items[at])) return undefined;
  return before.items.flatMap(({ item, entries }, at) => (isSame(entries, (take) => visit(item, take)) ? [] : [at]));
}

/** Gets the entries in turn, until it returns false. */
type Take = (entry: unknown) => boolean;

function entriesOf(visitAll: (take: Take) => unknown): readonly unknown[] {
  const entries: unknown[] = [];
  visitAll((entry) => entries.push(entry) > 0);
  return entries;
}

function isSame(before: readonly unknown[], visitAll: (take: Take) => boolean): boolean {
  let at = 0;
  return visitAll((entry) => Object.is(entry, before[at++])) && at === before.length;
}

/** The functions below return false if `take` has. */
function visit(node: unknown, take: Take): boolean {
  if (isPair(node)) return take(PAIR) && visit(node.key, take) && visit(node.value, take);
  return visitSelf(node, take) && (!isCollection(node) || node.items.every((item) => visit(item, take)));
}

function visitSelf(node: unknown, take: Take): boolean {
  if (isAlias(node)) return take(ALIAS) && take(node.source) && take(node.comment ?? "");
  if (!isScalar(node) && !isCollection(node)) return take(NULL);
  const { comment, anchor, tag } = node;
  const hasProperties = anchor !== undefined || tag !== undefined;
  const kind = (isScalar(node) ? SCALAR : isMap(node) ? MAP : LIST) + (hasProperties ? HAS_PROPERTIES : 0);
  if (!take(kind) || !take(comment ?? "") || (hasProperties && (!take(anchor) || !take(tag)))) return false;
  if (isCollection(node)) return take(node.flow === true) && take(node.commentBefore ?? "") && take(node.items.length);
  // A text is printed as it is; of other values, the notation is kept.
  const { value, source } = node;
  return take(value) && take(typeof value === "string" ? "" : (source ?? String(value)));
}
