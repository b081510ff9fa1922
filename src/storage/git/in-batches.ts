import { takeTurns } from "../../event-loop/turns.ts";

/**
 * Calls `work` for each item, and for at most `size` of them at a time, in turns of the event loop. The results are in
 * the items' order.
 */
export async function inBatches<T, R>(
  items: readonly T[],
  size: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += size) {
    await takeTurns();
    results.push(...(await Promise.all(items.slice(at, at + size).map(work))));
  }
  return results;
}
