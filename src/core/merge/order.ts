/**
 * Adds keys to an order where another order has them: after the nearest key before that is in both, else before the
 * nearest one after, else at the end.
 */
export function insertInOrder(order: readonly string[], added: ReadonlySet<string>, other: readonly string[]) {
  const result = [...order];
  const place = new Map(result.map((key) => [key, true] as const));
  // Keys of the other order that come before the first one in both.
  const leading: string[] = [];
  let last: string | undefined;
  const after = new Map<string, string[]>();
  for (const key of other) {
    if (place.has(key)) last = key;
    else if (added.has(key)) {
      if (last === undefined) leading.push(key);
      else after.set(last, [...(after.get(last) ?? []), key]);
    }
  }
  if (after.size === 0 && last === undefined) return [...result, ...leading];
  const first = other.find((key) => place.has(key));
  return result.flatMap((key) => [...(key === first ? leading : []), key, ...(after.get(key) ?? [])]);
}

/**
 * The order of items that are merged. What both sides have is in the order of upstream if the local side has not changed
 * that of the base, else in the local order. Where both have added items in one place, those of upstream come first.
 */
export function mergeOrders(
  base: readonly string[],
  upstream: readonly string[],
  local: readonly string[],
  kept: ReadonlySet<string>,
): readonly string[] {
  const mine = local.filter((key) => kept.has(key));
  const theirs = upstream.filter((key) => kept.has(key));
  const [inMine, inTheirs] = [new Set(mine), new Set(theirs)];
  const common = isOrdered(base, local)
    ? theirs.filter((key) => inMine.has(key))
    : mine.filter((key) => inTheirs.has(key));
  const withMine = insertInOrder(common, new Set(mine.filter((key) => !inTheirs.has(key))), mine);
  return insertInOrder(withMine, new Set(theirs.filter((key) => !inMine.has(key))), theirs);
}

/** True if the keys that both have are in one order. */
function isOrdered(base: readonly string[], local: readonly string[]): boolean {
  const inBase = new Map(base.map((key, at) => [key, at] as const));
  let last = -1;
  for (const key of local) {
    const at = inBase.get(key);
    if (at === undefined) continue;
    if (at < last) return false;
    last = at;
  }
  return true;
}
