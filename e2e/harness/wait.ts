import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";

export interface WaitOptions<T> {
  /** How long before giving up, in milliseconds; 60,000 unless told. */
  readonly timeoutMs?: number;
  /** Time between two looks, in milliseconds; 100 unless told. */
  readonly intervalMs?: number;
  /** What makes a value good enough; being truthy unless told. */
  readonly until?: (value: T) => boolean;
}

/**
 * Looks again and again until `check` gives a value that satisfies `until`, and returns that value. What `check` throws counts as
 * "not yet". The error at the end names the description and what was seen last.
 */
export async function waitUntil<T>(
  description: string,
  check: () => T | Promise<T>,
  options: WaitOptions<T> = {},
): Promise<NonNullable<T>> {
  const { timeoutMs = 60_000, intervalMs = 100, until = Boolean } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let seen: string;
    try {
      const value = await check();
      if (until(value)) return value as NonNullable<T>;
      seen = inspect(value, { depth: 6, breakLength: 120 });
    } catch (error) {
      seen = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() >= deadline) {
      throw new Error(`gave up after ${timeoutMs} ms waiting until ${description}; last seen: ${seen}`);
    }
    await pause(intervalMs);
  }
}
