/** Adds keys to an order where another one has them: after the nearest key before that is in both, or at the front. */
function insertInOrder(
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
    else if (!added.has(key)) continue;
    else if (last === undefined) leading.push(key);
    else after.set(last, [...(after.get(last) ?? []), key]);
  }
  const result = order.flatMap((key) => [key, ...(after.get(key) ?? [])]);
  return [...leading, ...result];
}

/**
 * The order of items that are merged. What both sides have is in the order of upstream if the local side has not
 * changed that of the base, else in the local order.
 */
export function mergeOrders(
  base: readonly string[],
  upstream: readonly string[],
  local: readonly string[],
  kept: ReadonlySet<string>,
): readonly string[] {
  const mine = local.filter((key) => kept.has(key));
  const theirs = upstream.filter((key) => kept.has(key));
  return isOrdered(base, local) ? interleave(theirs, mine, theirs) : interleave(mine, mine, theirs);
}

/**
 * The keys of two sides, each after those that it follows on its side. Where both have added keys in one place, local
 * ones come first, as for kpt.
 * @param order of the keys that both have
 */
export function interleave(
  order: readonly string[],
  mine: readonly string[],
  theirs: readonly string[],
): readonly string[] {
  const [inMine, inTheirs] = [new Set(mine), new Set(theirs)];
  const common = order.filter((key) => inMine.has(key) && inTheirs.has(key));
  if (common.length === 0) return [...mine, ...theirs];
  return insertInOrder(insertInOrder(common, inTheirs.difference(inMine), theirs), inMine.difference(inTheirs), mine);
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
