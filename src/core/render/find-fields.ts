import { isMap, isScalar, isSeq, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { isIndex, isItemMatch, splitItemMatch } from "./field-path.ts";
import { childOf, pairOf, scalarText } from "./nodes/read.ts";
import { meteredPattern, type SpendSteps } from "./regexp.ts";

/** A place for a node: an entry of a mapping, an item of a list, or the root. */
export interface FieldSlot {
  readonly node: Node | null;
  readonly replace: (node: Node) => void;
}

export interface FindOptions {
  /** Makes what is missing; the last node is one of this kind. */
  readonly create?: "map" | "scalar" | "seq";
  /** `[name=x]` is a regular expression that matches a part of the value, as newer kustomize has it. */
  readonly isRegExp: boolean;
  /** Called before a regular expression is searched for. */
  readonly spend: SpendSteps;
}

/** Thrown for a path that does not fit the nodes. */
export class PathError extends Error {}

/** The one node at a path as kustomize's sources have it: `[name=x]` matches exactly. Undefined if there is none. */
export function lookUp(root: Node, path: readonly string[]): Node | undefined {
  let at: Node | undefined = root;
  for (const part of path) {
    if (isSeq(at)) at = itemAt(at, part);
    else at = childOf(at, part);
    if (at === undefined) return undefined;
  }
  return at;
}

function itemAt({ items }: YAMLSeq, part: string): Node | undefined {
  if (part === "-") return items.at(-1) as Node | undefined;
  if (isIndex(part)) return items[Number(part)] as Node | undefined;
  const match = isItemMatch(part) ? splitItemMatch(part) : undefined;
  return match && (items.find((item) => textOf(item, match.field) === match.value) as Node | undefined);
}

/** The text of an item, or of its field. */
function textOf(item: unknown, field: string): string | undefined {
  const node = field === "" ? item : childOf(item, field);
  return isScalar(node) ? scalarText(node) : undefined;
}

/** The places at a path as kustomize's targets have it: `*` is every item. Throws a PathError, or InvalidPattern. */
export function findFields(slot: FieldSlot, path: readonly string[], options: FindOptions): readonly FieldSlot[] {
  const [part, ...rest] = path;
  if (part === undefined) return [slot];
  const { node } = slot;
  if (isSeq(node)) {
    return itemSlots(node, part, rest, options).flatMap((item) => findFields(item, rest, options));
  }
  if (!isMap(node)) {
    if (options.create !== undefined) throw new PathError("a scalar is in the way");
    return [];
  }
  const entry = entrySlot(node, part, rest, options);
  return entry === undefined ? [] : findFields(entry, rest, options);
}

function entrySlot(map: YAMLMap, key: string, rest: readonly string[], { create }: FindOptions): FieldSlot | undefined {
  let pair = pairOf(map, key);
  const isMissing = pair === undefined || pair.value === null || (rest.length > 0 && isNullScalar(pair.value));
  if (isMissing && create === undefined) return undefined;
  if (pair === undefined) {
    pair = new Pair(new Scalar(key), null) as never as NonNullable<typeof pair>;
    map.items.push(pair);
  }
  const owner = pair;
  if (isMissing && create !== undefined) owner.value = created(rest[0], create) as never;
  return { node: owner.value as Node | null, replace: (node) => (owner.value = node as never) };
}

function itemSlots(
  { items }: YAMLSeq,
  part: string,
  rest: readonly string[],
  { create, isRegExp, spend }: FindOptions,
): readonly FieldSlot[] {
  const slotAt = (at: number): FieldSlot => ({
    node: items[at] as Node,
    replace: (node) => (items[at] = node as never),
  });
  if (part === "*") return items.map((_, at) => slotAt(at));
  // The last item; newer kustomize has that for sources only.
  if (part === "-" && !isRegExp) return items.length === 0 ? [] : [slotAt(items.length - 1)];
  if (isIndex(part)) {
    const at = Number(part);
    if (at === items.length && create !== undefined) items.push(created(rest[0], create) as never);
    if (at >= items.length) throw new PathError(`item ${part} of a list that has ${items.length}`);
    return [slotAt(at)];
  }
  const match = isItemMatch(part) ? splitItemMatch(part) : undefined;
  if (match === undefined) throw new PathError(`${JSON.stringify(part)} is no item of a list, such as [name=web] or 0`);
  const matches = isRegExp ? matcherOf(match.value, spend) : (text: string) => text === match.value;
  const found = items.flatMap((item, at) => {
    const text = textOf(item, match.field);
    return text !== undefined && matches(text) ? [slotAt(at)] : [];
  });
  if (found.length > 0 || create === undefined) return found;
  items.push(newItem(match) as never);
  return [slotAt(items.length - 1)];
}

function matcherOf(pattern: string, spend: SpendSteps): (text: string) => boolean {
  const search = meteredPattern(pattern, spend);
  return (text) => search(text).find();
}

function newItem({ field, value }: { readonly field: string; readonly value: string }): Node {
  if (field === "") return new Scalar(value);
  const map = new YAMLMap();
  map.items.push(new Pair(new Scalar(field), new Scalar(value)) as never);
  return map;
}

/** What the next part of a path needs. */
function created(next: string | undefined, last: NonNullable<FindOptions["create"]>): Node {
  if (next === undefined) return last === "map" ? new YAMLMap() : last === "seq" ? new YAMLSeq() : new Scalar(null);
  return isItemMatch(next) || isIndex(next) ? new YAMLSeq() : new YAMLMap();
}

function isNullScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}
