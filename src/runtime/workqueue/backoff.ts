export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
  /** The share of the delay that is random, 0 to 1. */
  readonly jitter: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 200, capMs: 5 * 60_000, jitter: 0.3 };

/** 2^30 times any base is above any cap. Without a limit the power overflows to Infinity. */
const MAX_EXPONENT = 30;

/**
 * The delay after the nth failure in a row (the first is 1), in whole milliseconds: doubles each time up to the cap. Up
 * to `jitter` of it is subtracted at random, so that keys that failed together are not retried together.
 * @param random uniform in [0, 1)
 */
export function backoffMs(failures: number, options: BackoffOptions, random: () => number): number {
  const exponent = Math.min(Math.max(failures - 1, 0), MAX_EXPONENT);
  const full = Math.min(options.capMs, options.baseMs * 2 ** exponent);
  return Math.round(full * (1 - options.jitter * random()));
}

export interface RateLimiterOptions {
  /** {@link DEFAULT_BACKOFF} if left out. */
  readonly backoff?: BackoffOptions;
  readonly random?: () => number;
}

/** Counts the failures of each key. */
export class RateLimiter {
  readonly #backoff: BackoffOptions;
  readonly #random: () => number;
  readonly #failures = new Map<string, number>();

  constructor({ backoff = DEFAULT_BACKOFF, random = Math.random }: RateLimiterOptions = {}) {
    this.#backoff = backoff;
    this.#random = random;
  }

  /** Counts one more failure of the key and returns the delay before its retry, in milliseconds. */
  when(key: string): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    return backoffMs(failures, this.#backoff, this.#random);
  }

  /** Resets the count, so that the next delay is short again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }
}
