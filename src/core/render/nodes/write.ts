import { isMap, isScalar, type Node, Pair, Scalar, YAMLMap } from "yaml";
import { pairOf } from "./read.ts";

/** Sets a text; a scalar that is there keeps its quotes and its comment. */
export function setString(map: YAMLMap, key: string, value: string): void {
  const pair = pairOf(map, key);
  if (pair === undefined) map.items.push(new Pair(new Scalar(key), new Scalar(value)) as never);
  else if (isScalar(pair.value)) setScalar(pair.value, value);
  else pair.value = new Scalar(value) as never;
}

/** Sets the value of a scalar, and forgets how its number was written. */
export function setScalar(scalar: Scalar, value: boolean | number | string | null): void {
  if (Object.is(scalar.value, value)) return;
  scalar.value = value;
  delete scalar.source;
  delete scalar.format;
  delete scalar.minFractionDigits;
}

export function setNode(map: YAMLMap, key: string, value: Node): void {
  const pair = pairOf(map, key);
  if (pair === undefined) map.items.push(new Pair(new Scalar(key), value) as never);
  else pair.value = value as never;
}

/** The mapping at a path, made where it is missing or null. Undefined where something else is in the way. */
export function ensureMap(map: YAMLMap, ...path: readonly string[]): YAMLMap | undefined {
  let at = map;
  for (const key of path) {
    const value: unknown = pairOf(at, key)?.value;
    if (isMap(value)) at = value;
    else if (value === undefined || value === null || (isScalar(value) && value.value === null)) {
      const next = new YAMLMap();
      setNode(at, key, next);
      at = next;
    } else return undefined;
  }
  return at;
}

/** True if there was such an entry. */
export function removeKey(map: YAMLMap, key: string): boolean {
  const pair = pairOf(map, key);
  if (pair === undefined) return false;
  map.items.splice(map.items.indexOf(pair), 1);
  return true;
}
