import { isCollection, isMap, isScalar, isSeq, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { toJson } from "../render/external/to-json.ts";
import { ConflictLog, type ConflictPlace, fieldBelow } from "./conflicts.ts";
import type { FieldSchema } from "./field-schema.ts";
import { type FindItemKey, findItemKey, type ItemKey } from "./list-keys.ts";
import type { TextMerger } from "./merge-text.ts";
import { copyOf, type Entry, entriesOf, isMapOrNothing, isNull, isSame, setLike, valueAt } from "./nodes.ts";
import { interleave, mergeOrders } from "./order.ts";
import type { Three } from "./three.ts";

/** Where in a resource values are, and what is known about them. */
export interface Field {
  /** Empty for the root. */
  readonly path: string;
  readonly schema: FieldSchema | undefined;
  /** Of an item of a list whose fields replace each other. */
  readonly retainsKeys?: boolean;
}

/** Which side has a field whatever the other one did, and no conflict: of a Kptfile. */
export type FieldOwners = ReadonlyMap<string, "local" | "upstream">;

/** What differs for the fields of some kinds, by their paths. */
export interface FieldRules {
  readonly owners?: FieldOwners;
  /** The keys of the items of lists. */
  readonly itemKeys?: ReadonlyMap<string, FindItemKey>;
  /** Fields that tools write: they are merged, and what is in conflict stays as it is locally without being told. */
  readonly quiet?: ReadonlySet<string>;
  /** Mappings of independent fields: what one side has removed as a whole is removed field by field. */
  readonly free?: ReadonlySet<string>;
}

export interface MergeScope extends FieldRules {
  readonly place: Omit<ConflictPlace, "kind">;
  readonly log: ConflictLog;
  readonly texts: TextMerger;
}

/**
 * Merges the values of a field, and changes the nodes of the local side. Returns its node: the one that was there, or
 * one in its place; undefined if there is none. Recurses: the depth of all sides has been checked.
 */
export function mergeValue(values: Three<unknown>, field: Field, scope: MergeScope): unknown {
  const { base, upstream, local } = values;
  const owner = scope.owners?.get(field.path);
  if (owner === "local") return local;
  if (owner === "upstream") return upstream === undefined ? local : adopt(upstream, local);
  if (isSame(base, upstream) || isSame(upstream, local)) return local;
  if (scope.quiet?.has(field.path)) {
    const { quiet: _, ...others } = scope;
    return mergeValue(values, field, { ...others, log: new ConflictLog({ conflicts: 0, value: 0 }) });
  }
  const below = mergeBelow(values, field, scope);
  if (below !== undefined) return below.value;
  if (isSame(base, local)) return adopt(upstream, local);
  const text = mergeLines(values, field, scope);
  if (text) return local;
  scope.log.add({ ...scope.place, kind: "field", field: field.path }, values);
  return local;
}

/** Undefined for values that are merged as a whole. */
function mergeBelow(values: Three<unknown>, field: Field, scope: MergeScope): { readonly value: unknown } | undefined {
  const base = isNull(values.base) ? undefined : values.base;
  const { upstream, local } = values;
  const isEmptied = upstream === undefined || local === undefined;
  if (isMapOrNothing(base) && isMapOrNothing(upstream) && isMapOrNothing(local)) {
    const isFree = field.schema?.isFree === true || scope.free?.has(field.path) === true;
    if (isEmptied && base !== undefined && !isFree) return undefined;
    if (isEmptied && base === undefined) return undefined;
    const isChoice = field.retainsKeys === true || field.schema?.retainsKeys === true;
    if (!isSame(values.base, local) && (field.schema?.isAtomic === true || (isChoice && hasOtherKeys(values)))) {
      return undefined;
    }
    return mergeMaps({ base, upstream, local }, field, scope);
  }
  if (!isListOrNothing(base) || !isListOrNothing(upstream) || !isListOrNothing(local)) return undefined;
  if (isEmptied && base === undefined) return undefined;
  const lists = [base, upstream, local].filter((list) => list !== undefined);
  const findKey = scope.itemKeys?.get(field.path) ?? findItemKey;
  const key = findKey(lists, field.schema);
  return key === undefined ? undefined : mergeLists({ base, upstream, local }, key, field, scope);
}

function isListOrNothing(node: unknown): node is YAMLSeq | undefined {
  return node === undefined || isSeq(node);
}

/** True if a side has other fields than the base, or if the sides do not agree on them. */
function hasOtherKeys({ base, upstream, local }: Three<unknown>): boolean {
  const keys = (node: unknown) => (isMap(node) ? [...(entriesOf(node)?.keys() ?? [])].sort().join("\0") : "");
  return keys(upstream) !== keys(local) || (base !== undefined && keys(base) !== keys(local));
}

type Merged = { readonly value: unknown } | undefined;

function mergeMaps({ base, upstream, local }: Three<YAMLMap | undefined>, field: Field, scope: MergeScope): Merged {
  const result = local ?? new YAMLMap();
  const [was, theirs, mine] = [base ?? new YAMLMap(), upstream ?? new YAMLMap(), result].map(entriesOf);
  if (was === undefined || theirs === undefined || mine === undefined) return undefined;
  const merged = new Map<string, Entry>();
  for (const key of new Set([...mine.keys(), ...theirs.keys()])) {
    const values = { base: valueAt(was.get(key)), upstream: valueAt(theirs.get(key)), local: valueAt(mine.get(key)) };
    const below = { path: fieldBelow(field.path, key), schema: field.schema?.field(key) };
    const value = mergeValue(values, below, scope);
    const known = mine.get(key);
    if (value === undefined) continue;
    if (known === undefined) merged.set(key, newEntry(theirs.get(key), value));
    else {
      if (value !== (known.value ?? null)) known.value = value as never;
      merged.set(key, known);
    }
  }
  // Fields stay in the local order, and new ones come where upstream has them.
  const isKept = (key: string) => merged.has(key);
  const order = [...mine.keys()].filter(isKept);
  const items = interleave(order, order, [...theirs.keys()].filter(isKept)).flatMap((key) => merged.get(key) ?? []);
  followNotation(result, upstream, items);
  result.items = items;
  return { value: result.items.length === 0 && (upstream === undefined || local === undefined) ? undefined : result };
}

function newEntry(theirs: Entry | undefined, value: unknown): Entry {
  const key = copyOf(theirs?.key) ?? new Scalar("");
  return new Pair(key, value) as Entry;
}

function mergeLists(
  { base, upstream, local }: Three<YAMLSeq | undefined>,
  keyOf: ItemKey,
  field: Field,
  scope: MergeScope,
): Merged {
  const result = local ?? new YAMLSeq();
  const byKey = (list: YAMLSeq | undefined) => new Map(list?.items.map((item) => [keyOf(item) ?? "", item] as const));
  const [was, theirs, mine] = [byKey(base), byKey(upstream), byKey(result)];
  const schema = field.schema?.items();
  const retainsKeys = field.schema?.retainsKeys === true;
  const merged = new Map<string, unknown>();
  for (const key of new Set([...mine.keys(), ...theirs.keys()])) {
    const values = { base: was.get(key), upstream: theirs.get(key), local: mine.get(key) };
    const below = { path: `${field.path}[${key}]`, schema, ...(retainsKeys && { retainsKeys }) };
    const value = mergeValue(values, below, scope);
    if (value !== undefined) merged.set(key, value);
  }
  const order = mergeOrders([...was.keys()], [...theirs.keys()], [...mine.keys()], new Set(merged.keys()));
  followNotation(result, upstream, order);
  result.items = order.map((key) => merged.get(key));
  return { value: result.items.length === 0 && (upstream === undefined || local === undefined) ? undefined : result };
}

/** The brackets of an empty collection go with its first items. */
function followNotation(result: YAMLMap | YAMLSeq, upstream: unknown, items: readonly unknown[]): void {
  if (result.items.length === 0 && items.length > 0) result.flow = isCollection(upstream) && upstream.flow === true;
}

/** The value of upstream; a scalar keeps its quotes, and the items of a list that stay keep their text. */
function adopt(upstream: unknown, local: unknown): unknown {
  if (upstream === undefined) return undefined;
  if (isSame(upstream, local)) return local;
  if (isScalar(upstream) && isScalar(local) && setLike(local, upstream)) return local;
  const copy = copyOf(upstream);
  if (isScalar(copy) && isScalar(local) && local.comment && !copy.comment) copy.comment = local.comment;
  if (!isSeq(copy) || !isSeq(local)) return copy;
  const known = Map.groupBy(local.items, toJson);
  local.items = copy.items.map((item) => known.get(toJson(item))?.shift() ?? item);
  return local;
}

/** Texts of several lines are merged as files are. False for other values. */
function mergeLines({ base, upstream, local }: Three<unknown>, field: Field, scope: MergeScope): boolean {
  const { log, place } = scope;
  if (!isScalar(base) || !isScalar(upstream) || !isScalar(local)) return false;
  const texts = { base: base.value, upstream: upstream.value, local: local.value };
  if (!isText(texts)) return false;
  const merged = scope.texts.merge(texts);
  if (merged === undefined) return false;
  local.value = merged.text;
  for (const { line, values } of merged.conflicts)
    log.add({ ...place, kind: "lines", field: field.path, line }, values);
  return true;
}

function isText(values: Three<unknown>): values is Three<string> {
  return Object.values(values).every((value) => typeof value === "string" && value.trimEnd().includes("\n"));
}
