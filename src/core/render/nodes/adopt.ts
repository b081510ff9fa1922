import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { findDifference } from "../../yaml-edit/same-node.ts";
import { keyText, pairOf } from "./read.ts";

/** Makes a mapping equal to another one; entries that are equal keep their bytes, with their comments. */
export function adopt(target: YAMLMap, wanted: YAMLMap): void {
  target.items = wanted.items.map((pair) => {
    const key = keyText(pair.key);
    const known = key === undefined ? undefined : pairOf(target, key);
    if (known === undefined) return pair.clone() as never;
    adoptValue(known, pair.value);
    return known;
  });
}

function adoptValue(known: { value: unknown }, value: unknown): void {
  if (findDifference(known.value, value) === undefined) return;
  if (isMap(known.value) && isMap(value)) adopt(known.value, value);
  else known.value = isMap(value) || isSeq(value) || isScalar(value) ? (value.clone() as Node) : value;
}
