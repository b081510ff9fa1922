import { isMap, isScalar, isSeq, type YAMLMap, type YAMLSeq } from "yaml";
import { fieldBelow, isSecretField, namesSecret } from "../merge/conflicts.ts";
import type { FieldSchema } from "../merge/field-schema.ts";
import { type FindItemKey, findItemKey, type ItemKey } from "../merge/list-keys.ts";
import { entriesOf, isSame, valueAt } from "../merge/nodes.ts";
import { toJson } from "../render/external/to-json.ts";

/** A field of an object that has another value. */
export interface FieldChange {
  /** `spec.template.spec.containers[name=web].image`; items without keys are counted from 0. */
  readonly field: string;
  /** JSON, with `…` where it is cut off; absent where there is no such field. */
  readonly before?: string;
  readonly after?: string;
  /** The items of a list are the same in another order: the values are their keys. */
  readonly isOrder?: true;
  /** A value of a Secret, which is left out. */
  readonly isSecret?: true;
  /** A value is cut off, and no JSON. */
  readonly isCut?: true;
}

export interface FieldChanges {
  /** The first ones, in the order of the object. */
  readonly fields: readonly FieldChange[];
  /** All of them. */
  readonly count: number;
}

/** Fields of one object that are kept. */
const MAX_FIELDS = 200;
const MAX_FIELD = 500;
/** Characters of a value that are kept. Of long ones these are where they begin to differ. */
const MAX_VALUE = 200;
/** Characters before the first difference. */
const SHOWN_BEFORE = 30;
/** Items, and characters of one, of lists of scalars that are shown as a whole. */
const MAX_SHORT = 20;
/** Lists without keys within each other, whose items are compared one by one. */
const MAX_UNKEYED = 3;

interface Scope {
  /** Of the object. */
  readonly kind: string;
  readonly itemKeys: ReadonlyMap<string, FindItemKey>;
  readonly found: FieldChange[];
  count: number;
}

interface Field {
  readonly path: string;
  readonly schema: FieldSchema | undefined;
  readonly unkeyed: number;
}

/** Compares two objects without aliases; lists by their keys, as a merge does. Takes linear time. */
export function findFieldChanges(
  before: unknown,
  after: unknown,
  of: {
    readonly kind: string;
    readonly schema: FieldSchema | undefined;
    readonly itemKeys?: ReadonlyMap<string, FindItemKey>;
  },
): FieldChanges {
  const scope: Scope = { kind: of.kind, itemKeys: of.itemKeys ?? new Map(), found: [], count: 0 };
  compare(before, after, { path: "", schema: of.schema, unkeyed: 0 }, scope);
  return { fields: scope.found, count: scope.count };
}

/** Recurses: the depth of both sides has been checked. */
function compare(before: unknown, after: unknown, field: Field, scope: Scope): void {
  if (isMap(before) && isMap(after) && compareMaps(before, after, field, scope)) return;
  if (isSeq(before) && isSeq(after) && compareLists(before, after, field, scope)) return;
  if (!isSame(before, after)) add({ field: field.path, before, after }, scope);
}

/** False for mappings that are compared as a whole. */
function compareMaps(before: YAMLMap, after: YAMLMap, field: Field, scope: Scope): boolean {
  const [was, now] = [entriesOf(before), entriesOf(after)];
  if (was === undefined || now === undefined) return false;
  for (const key of new Set([...was.keys(), ...now.keys()])) {
    const below = { ...field, path: fieldBelow(field.path, key), schema: field.schema?.field(key) };
    compare(valueAt(was.get(key)), valueAt(now.get(key)), below, scope);
  }
  return true;
}

/** False for lists that are compared as a whole: short ones of scalars. */
function compareLists(before: YAMLSeq, after: YAMLSeq, field: Field, scope: Scope): boolean {
  const findKey = scope.itemKeys.get(field.path) ?? findItemKey;
  // As a merge of which upstream is one side: what is the only port on both sides is the same one.
  const keyOf = findKey([before, after, after], field.schema);
  if (keyOf !== undefined) {
    compareByKey(before, after, keyOf, field, scope);
    return true;
  }
  if (field.unkeyed >= MAX_UNKEYED || isShort(before, after)) return false;
  compareByPlace(before.items, after.items, field, scope);
  return true;
}

function isShort(before: YAMLSeq, after: YAMLSeq): boolean {
  const items = [...before.items, ...after.items];
  return items.length <= MAX_SHORT && items.every(isScalar) && items.every((item) => toJson(item).length <= MAX_SHORT);
}

function compareByKey(before: YAMLSeq, after: YAMLSeq, keyOf: ItemKey, field: Field, scope: Scope): void {
  const byKey = ({ items }: YAMLSeq) => new Map(items.map((item) => [keyOf(item) ?? "", item] as const));
  const [was, now] = [byKey(before), byKey(after)];
  const schema = field.schema?.items();
  for (const key of new Set([...was.keys(), ...now.keys()])) {
    compare(was.get(key), now.get(key), { ...field, path: `${field.path}[${key}]`, schema }, scope);
  }
  const [first, second] = [
    [...was.keys()].filter((key) => now.has(key)),
    [...now.keys()].filter((key) => was.has(key)),
  ];
  if (first.every((key, at) => second[at] === key)) return;
  addTexts(
    { field: field.path, isOrder: true },
    { before: JSON.stringify(first), after: JSON.stringify(second) },
    scope,
  );
}

/** Leaves out what both lists begin and end with. Items between are pairs if there are as many on both sides. */
function compareByPlace(before: readonly unknown[], after: readonly unknown[], field: Field, scope: Scope): void {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && isSame(before[start], after[start])) start++;
  let end = 0;
  while (end < shorter - start && isSame(before.at(-1 - end), after.at(-1 - end))) end++;
  const below = (at: number) => ({
    path: `${field.path}[${at}]`,
    schema: field.schema?.items(),
    unkeyed: field.unkeyed + 1,
  });
  const [was, now] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const isPaired = was.length === now.length;
  for (const [at, item] of was.entries()) compare(item, isPaired ? now[at] : undefined, below(start + at), scope);
  if (!isPaired) for (const [at, item] of now.entries()) compare(undefined, item, below(start + at), scope);
}

function add({ field, before, after }: { field: string; before: unknown; after: unknown }, scope: Scope): void {
  // A change that is only counted needs no text.
  if (scope.found.length >= MAX_FIELDS) scope.count++;
  else {
    const textOf = (value: unknown) => (value === undefined ? undefined : toJson(value));
    addTexts({ field }, { before: textOf(before), after: textOf(after) }, scope);
  }
}

function addTexts(
  change: Pick<FieldChange, "field" | "isOrder">,
  { before, after }: { readonly before: string | undefined; readonly after: string | undefined },
  scope: Scope,
): void {
  scope.count++;
  if (scope.found.length >= MAX_FIELDS) return;
  const named = { ...change, field: change.field.slice(0, MAX_FIELD).toWellFormed() };
  const texts = [before, after].map((text) => text ?? "");
  if (isSecretField(scope.kind, change.field) || texts.some(namesSecret)) {
    scope.found.push({ ...named, isSecret: true });
    return;
  }
  const isLong = texts.some(({ length }) => length > MAX_VALUE);
  const same = isLong && before !== undefined && after !== undefined ? commonStart(before, after) - SHOWN_BEFORE : 0;
  const cut = (text: string) => {
    const rest = same > 0 ? `…${text.slice(same)}` : text;
    return (rest.length > MAX_VALUE ? `${rest.slice(0, MAX_VALUE)}…` : rest).toWellFormed();
  };
  scope.found.push({
    ...named,
    ...(before !== undefined && { before: cut(before) }),
    ...(after !== undefined && { after: cut(after) }),
    ...(isLong && { isCut: true }),
  });
}

function commonStart(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}
