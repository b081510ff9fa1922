import { isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";

/**
 * The node at a key; undefined without one. Aliases are not followed: a change there would change other places, too.
 */
export function childOf(node: unknown, key: string): Node | undefined {
  if (!isMap(node)) return undefined;
  const pair = pairOf(node, key);
  return (pair?.value as Node | null | undefined) ?? undefined;
}

export function pairOf(map: YAMLMap, key: string) {
  return map.items.find((pair) => keyText(pair.key) === key);
}

/** The text of a key: `1` and `true` are read as texts, too. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return typeof key === "string" ? key : undefined;
  return typeof key.value === "symbol" ? undefined : (scalarText(key) ?? undefined);
}

export function nodeAt(node: unknown, ...path: readonly string[]): Node | undefined {
  let at: Node | undefined = node as Node;
  for (const key of path) at = childOf(at, key);
  return at;
}

export function mapAt(node: unknown, ...path: readonly string[]): YAMLMap | undefined {
  const found = nodeAt(node, ...path);
  return isMap(found) ? found : undefined;
}

export function seqAt(node: unknown, ...path: readonly string[]): YAMLSeq | undefined {
  const found = nodeAt(node, ...path);
  return isSeq(found) ? found : undefined;
}

export function scalarAt(node: unknown, ...path: readonly string[]): Scalar | undefined {
  const found = nodeAt(node, ...path);
  return isScalar(found) ? found : undefined;
}

/** Empty if there is no scalar. */
export function stringAt(node: unknown, ...path: readonly string[]): string {
  const found = nodeAt(node, ...path);
  return isScalar(found) ? (scalarText(found) ?? "") : "";
}

/** The text of a scalar as it is written: `08` and `1.10` are not changed to what they are as numbers. */
export function scalarText({ value, source, type }: Scalar): string | undefined {
  if (typeof value === "string") return value;
  if (value === null || value === undefined || typeof value === "symbol") return undefined;
  const isWritten = type === "PLAIN" && source !== undefined && source !== "";
  return isWritten && hasValue(source, value) ? source : String(value);
}

/** False for the source of a scalar whose value was changed afterwards. */
function hasValue(source: string, value: unknown): boolean {
  if (typeof value === "boolean") return /^(?:y|yes|on|true)$/i.test(source) === value;
  return typeof value !== "number" || Number(source) === value || /^[-+]?0|[_:.]/.test(source);
}

/** The entries of a mapping that are scalars; its order. */
export function stringsAt(node: unknown, ...path: readonly string[]): ReadonlyMap<string, string> {
  const map = mapAt(node, ...path);
  const found = new Map<string, string>();
  for (const { key, value } of map?.items ?? []) {
    const name = keyText(key);
    if (name !== undefined && isScalar(value)) found.set(name, scalarText(value) ?? "");
  }
  return found;
}
