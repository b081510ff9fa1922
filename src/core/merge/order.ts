/**
 * Adds keys to an order where another order has them: after the nearest key before that is in both, at the front if
 * they come before all of these, and at the end if there are none.
 */
export function insertInOrder(
  order: readonly string[],
  added: ReadonlySet<string>,
  other: readonly string[],
): readonly string[] {
  const known = new Set(order);
  const leading: string[] = [];
  const after = new Map<string, string[]>();
  let last: string | undefined;
  for (const key of other) {
    if (known.has(key)) last = key;
    else if (added.has(key) && last === undefined) leading.push(key);
    else if (added.has(key) && last !== undefined) after.set(last, [...(after.get(last) ?? []), key]);
  }
  const result = order.flatMap((key) => [key, ...(after.get(key) ?? [])]);
  return last === undefined ? [...result, ...leading] : [...leading, ...result];
}

/**
 * The order of items that are merged. What both sides have is in the order of upstream if the local side has not
 * changed that of the base, else in the local order. Where both have added items in one place, those of upstream come
 * first.
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
