import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";

export interface WaitOptions<T> {
  /** Time limit in milliseconds; 60,000 by default. */
  readonly timeoutMs?: number;
  /** Pause between two checks, in milliseconds; 100 by default. */
  readonly intervalMs?: number;
  /** Accepts a value; by default every truthy value is accepted. */
  readonly until?: (value: T) => boolean;
}

/**
 * Calls `check` until it returns a value that `until` accepts, and returns that value. An error that `check` throws
 * counts as "not yet", except a failed assertion, which is rethrown at once: an `expect` inside `check` states what
 * must hold at every check. Throws at the time limit, with the description and the last value or error.
 */
export async function waitUntil<T>(
  description: string,
  check: () => T | Promise<T>,
  options: WaitOptions<T> = {},
): Promise<NonNullable<T>> {
  const { timeoutMs = 60_000, intervalMs = 100, until = Boolean } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: string;
    try {
      const value = await check();
      if (until(value)) return value as NonNullable<T>;
      last = inspect(value, { depth: 6, breakLength: 120 });
    } catch (error) {
      if (isAssertionError(error)) throw error;
      last = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() >= deadline) {
      throw new Error(`gave up after ${timeoutMs} ms waiting until ${description}; last seen: ${last}`);
    }
    await pause(intervalMs);
  }
}

/** True for a failed `expect` of Vitest and a failed `node:assert`. */
function isAssertionError(error: unknown): boolean {
  return error instanceof Error && error.name === "AssertionError";
}
