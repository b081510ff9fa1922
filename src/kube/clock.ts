import { setTimeout as delay } from "node:timers/promises";

/** The clock of leases, events and reflectors, which tests replace. */
export interface Clock {
  /** Monotonic milliseconds, unrelated to the date. */
  readonly now: () => number;
  readonly date: () => Date;
  /** Resolves after `ms`, or when the signal is aborted. Never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  sleep: (ms, signal) =>
    delay(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      if (signal?.aborted !== true) throw error;
    }),
};

/** Formats a date as Kubernetes' MicroTime, e.g. `2026-01-31T12:00:00.123000Z`. */
export function microTime(date: Date): string {
  return date.toISOString().replace("Z", "000Z");
}
