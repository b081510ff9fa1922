import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import { keyText } from "../nodes/read.ts";

/** True if a node has aliases or merge keys in it. */
export function hasAliases(node: unknown): boolean {
  if (isPair(node)) return isMergeKey(node.key) || hasAliases(node.key) || hasAliases(node.value);
  return isAlias(node) || (isCollection(node) && node.items.some(hasAliases));
}

/**
 * Puts what aliases and merge keys stand for in their place, for functions that see values only. The root is that of a
 * document: its anchors are in it. Aliases have been weighed when the file was read.
 */
export function expandAliases(root: YAMLMap): void {
  expand(root, new Map());
}

function isMergeKey(key: unknown): boolean {
  const value = isScalar(key) ? key.value : key;
  return value === "<<" || typeof value === "symbol";
}

/** @param anchors those of the text before the node, expanded */
function expand(node: unknown, anchors: Map<string, Node>): unknown {
  if (isAlias(node)) return (anchors.get(node.source)?.clone() as Node | undefined) ?? null;
  if (isMap(node)) {
    for (const pair of node.items) pair.value = expand(pair.value, anchors) as never;
    node.items = withoutMergeKeys(node.items);
  } else if (isSeq(node)) node.items = node.items.map((item) => expand(item, anchors));
  if ((isCollection(node) || isScalar(node)) && node.anchor !== undefined) {
    const { anchor } = node;
    delete node.anchor;
    anchors.set(anchor, node);
  }
  return node;
}

/** Fields of a mapping's own come before those that are merged, and earlier ones of these before later ones. */
function withoutMergeKeys(items: YAMLMap["items"]): YAMLMap["items"] {
  if (!items.some(({ key }) => isMergeKey(key))) return items;
  const known = new Set(items.filter(({ key }) => !isMergeKey(key)).map(({ key }) => keyText(key)));
  return items.flatMap((pair) => {
    if (!isMergeKey(pair.key)) return [pair];
    const sources: readonly unknown[] = isSeq(pair.value) ? pair.value.items : [pair.value];
    const merged = sources.flatMap((one): readonly Pair[] => (isMap(one) ? one.items : []));
    return merged.flatMap((one) => {
      const name = keyText(one.key);
      if (known.has(name)) return [];
      known.add(name);
      return [one.clone() as (typeof items)[number]];
    });
  });
}
