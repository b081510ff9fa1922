import { isCollection, isMap, isScalar, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { MAX_DEPTH } from "../../validation/yaml/read-checked.ts";
import { keyText } from "../nodes/read.ts";

/** A node for a value of JSON. Throws a RangeError for one that nests too deeply. */
export function nodeOf(value: unknown, depth = 1): Node {
  if (depth > MAX_DEPTH) throw new RangeError(`nests deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    list.items = value.map((item) => nodeOf(item, depth + 1));
    return list;
  }
  if (typeof value === "bigint") return Object.assign(new Scalar(Number(value)), { source: String(value) });
  if (typeof value !== "object" || value === null) return new Scalar(value);
  const map = new YAMLMap();
  map.items = Object.entries(value).map(([key, one]) => new Pair(new Scalar(key), nodeOf(one, depth + 1)) as never);
  return map;
}

/** Compares values; the order of the fields of a mapping does not count. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (isMap(a) && isMap(b)) {
    if (a.items.length !== b.items.length) return false;
    const values = new Map(b.items.map(({ key, value }) => [keyText(key), value] as const));
    return a.items.every(({ key, value }, at) => {
      const name = keyText(key);
      // Most have the same order.
      const other = b.items[at];
      if (other !== undefined && keyText(other.key) === name) return isSameValue(value, other.value);
      return values.has(name) && isSameValue(value, values.get(name));
    });
  }
  if (isCollection(a) && isCollection(b)) {
    if (isMap(a) || isMap(b) || a.items.length !== b.items.length) return false;
    return a.items.every((item, at) => isSameValue(item, b.items[at]));
  }
  if (isCollection(a) || isCollection(b)) return false;
  return Object.is(exactValue(a), exactValue(b));
}

/** An integer that is too large for a number is a bigint; -0 is 0. */
function exactValue(node: unknown): unknown {
  const value = (isScalar(node) ? node.value : node) ?? null;
  if (value === 0) return 0;
  const source = isScalar(node) && Number.isInteger(value) && !Number.isSafeInteger(value) ? node.source : undefined;
  // Bigints are compared as texts: Object.is tells two of them apart.
  return source !== undefined && /^-?[0-9]+$/.test(source) ? `integer ${source}` : value;
}
