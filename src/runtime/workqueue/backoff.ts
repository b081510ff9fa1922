export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
  /** The share of the delay that is random, 0 to 1. */
  readonly jitter: number;
}

/**
 * How long to wait after the nth failure in a row (the first is 1): doubles each time up to the cap, of which up to `jitter` is
 * taken off at random, so that what failed together does not come back together. Milliseconds, whole, never above the cap.
 * @param random uniform in [0, 1)
 */
export function backoffMs(failures: number, options: BackoffOptions, random: () => number): number {
  // 2^30 times any base is beyond any cap; without the limit the power overflows to Infinity.
  const exponent = Math.min(Math.max(failures - 1, 0), 30);
  const full = Math.min(options.capMs, options.baseMs * 2 ** exponent);
  return Math.round(full * (1 - options.jitter * random()));
}
