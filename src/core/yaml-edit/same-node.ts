import { isAlias, isCollection, isMap, isPair, isScalar, type Node } from "yaml";

/**
 * Compares two nodes as Kubernetes reads them, and with their anchors and aliases; comments and styles do not count.
 * Returns undefined if they are equal, else the collections of `wanted` around the first difference, outermost first.
 * Recurses: the depth of both has been checked.
 */
export function findDifference(wanted: unknown, found: unknown): readonly Node[] | undefined {
  if (isCollection(wanted) && isCollection(found)) {
    const isSameKind = isMap(wanted) === isMap(found) && wanted.anchor === found.anchor && hasSameTag(wanted, found);
    if (!isSameKind || wanted.items.length !== found.items.length) return [wanted];
    for (const [at, item] of wanted.items.entries()) {
      const other = found.items[at];
      const below = isPair(item)
        ? isPair(other)
          ? (findDifference(item.key, other.key) ?? findDifference(item.value, other.value))
          : []
        : findDifference(item, other);
      if (below !== undefined) return [wanted, ...below];
    }
    return undefined;
  }
  return isSameLeaf(wanted, found) ? undefined : [];
}

function isSameLeaf(a: unknown, b: unknown): boolean {
  if (isAlias(a) || isAlias(b)) return isAlias(a) && isAlias(b) && a.source === b.source;
  if (isCollection(a) || isCollection(b)) return false;
  const [one, other] = [scalarOf(a), scalarOf(b)];
  if (one.anchor !== other.anchor || one.tag !== other.tag) return false;
  return isMergeKey(one.value) ? isMergeKey(other.value) : Object.is(one.value, other.value);
}

/** What is not there is null. */
function scalarOf(node: unknown): { readonly value: unknown; readonly anchor?: string; readonly tag?: string } {
  if (!isScalar(node)) return { value: node ?? null };
  const { value, anchor, tag } = node;
  return {
    value: value ?? null,
    ...(anchor !== undefined && { anchor }),
    ...(tag !== undefined && tag !== IMPLIED_TAG[typeof value] && { tag }),
  };
}

/** A tag that says what the value is anyway. */
const IMPLIED_TAG: Readonly<Record<string, string>> = { string: "tag:yaml.org,2002:str" };

function isMergeKey(value: unknown): boolean {
  return value === "<<" || (typeof value === "symbol" && value.description === "<<");
}

function hasSameTag(a: Node, b: Node): boolean {
  return withoutDefaultTag(a.tag) === withoutDefaultTag(b.tag);
}

function withoutDefaultTag(tag: string | undefined): string | undefined {
  return tag === "tag:yaml.org,2002:map" || tag === "tag:yaml.org,2002:seq" ? undefined : tag;
}
