import { isCollection, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { keyText, stringAt } from "../nodes/read.ts";
import { setScalar } from "../nodes/write.ts";
import { isSameValue } from "./plain-nodes.ts";
import { toJson } from "./to-json.ts";

/**
 * Makes a mapping equal to what a function returned for it. What is equal keeps its bytes, its order and its comments,
 * since a function writes its output without most of them. New fields come last, in the order of the function.
 */
export function mergeMap(target: YAMLMap, wanted: YAMLMap): void {
  const values = new Map(wanted.items.map((pair) => [keyText(pair.key), pair] as const));
  const kept = target.items.filter((pair) => values.has(keyText(pair.key)));
  for (const pair of kept) {
    const name = keyText(pair.key);
    pair.value = merged(pair.value, values.get(name)?.value) as never;
    values.delete(name);
  }
  target.items = [...kept, ...[...values.values()].map((pair) => pair.clone() as (typeof kept)[number])];
}

/** The node for a value: the one that was there, with what is new, if both are of one kind. */
function merged(known: unknown, wanted: unknown): unknown {
  if (isMap(known) && isMap(wanted)) mergeMap(known, wanted);
  else if (isSeq(known) && isSeq(wanted)) mergeList(known, wanted);
  else if (isScalar(known) && isScalar(wanted)) {
    if (!isSameValue(known, wanted)) setValue(known, wanted);
    // A function that is about comments, such as one that makes setters.
    if (wanted.comment && wanted.comment.trim() !== known.comment?.trim()) known.comment = wanted.comment;
  } else if (isSameValue(known, wanted)) return known;
  else return (wanted as Node | null)?.clone() ?? null;
  return known;
}

/** A number is written as the function wrote it. */
function setValue(known: Scalar, wanted: Scalar): void {
  setScalar(known, wanted.value as string);
  if (typeof wanted.value !== "number" || wanted.source === undefined) return;
  const { source, format, minFractionDigits } = wanted;
  Object.assign(known, {
    source,
    ...(format !== undefined && { format }),
    ...(minFractionDigits !== undefined && { minFractionDigits }),
  });
}

/** The nodes of before are taken for items of the same name, then for equal items, then in their places. */
function mergeList(target: YAMLSeq, wanted: YAMLSeq): void {
  const before = target.items;
  const taken = new Set<number>();
  const [byName, byText] = [new Map<string, number[]>(), new Map<string, number[]>()];
  // From behind, so that the first is popped first.
  for (const [at, item] of [...before.entries()].reverse()) {
    const [map, key] = nameOf(item) === "" ? [byText, textOf(item)] : [byName, nameOf(item)];
    const places = map.get(key);
    if (places === undefined) map.set(key, [at]);
    else places.push(at);
  }
  const known = wanted.items.map((item) => {
    const at = (nameOf(item) === "" ? byText.get(textOf(item)) : byName.get(nameOf(item)))?.pop();
    if (at !== undefined) taken.add(at);
    return at;
  });
  // One that has got another name, or another value.
  const isFree = (at: number) =>
    at < before.length && !taken.has(at) && (before.length === wanted.items.length || nameOf(before[at]) === "");
  target.items = wanted.items.map((item, at) => {
    const place = known[at] ?? (isFree(at) ? at : undefined);
    return merged(place === undefined ? undefined : before[place], item);
  });
}

/** Most lists of Kubernetes are lists of named things. */
function nameOf(item: unknown): string {
  return stringAt(item, "name");
}

/** Equal for equal values, whatever the order of their fields. */
function textOf(node: unknown): string {
  if (isMap(node)) return `{${node.items.map(({ key, value }) => `${textOf(key)}:${textOf(value)}`).sort()}}`;
  if (isCollection(node)) return `[${node.items.map(textOf)}]`;
  return toJson(node);
}
