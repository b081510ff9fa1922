import { type ApiError, isRefused } from "../../kube/client/errors.ts";

/**
 * Runs `work` for each item, at most `limit` at a time. The first error is thrown once all work in progress has ended.
 */
export async function forEachLimited<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async () => {
    for (let next = iterator.next(); !next.done && failures.length === 0; next = iterator.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (failures.length > 0) throw failures[0];
}

/** More of one list are not tried: a quota may refuse thousands. */
const MAX_REFUSED = 20;

/** An item of whose request the API server said no. */
export interface Refused<T> {
  readonly item: T;
  readonly error: ApiError;
}

/**
 * As `forEachLimited`, but what the API server refuses for one item does not keep the others from their turn: it is
 * returned, for at most some twenty items.
 */
export async function forEachUnlessRefused<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<readonly Refused<T>[]> {
  const refused: Refused<T>[] = [];
  await forEachLimited(items, limit, async (item) => {
    if (refused.length >= MAX_REFUSED) return;
    try {
      await work(item);
    } catch (error) {
      if (!isRefused(error)) throw error;
      refused.push({ item, error });
    }
  });
  return refused;
}
