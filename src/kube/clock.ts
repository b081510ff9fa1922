import { setTimeout as delay } from "node:timers/promises";

/** Time as the leases, events and reflectors see it, so that tests can move it. */
export interface Clock {
  /** Milliseconds that only go forward; no relation to the date. */
  readonly now: () => number;
  readonly date: () => Date;
  /** Resolves after `ms`, or early when the signal is aborted; never rejects. */
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

/** Kubernetes' MicroTime, e.g. `2026-01-31T12:00:00.123000Z`. */
export function microTime(date: Date): string {
  return date.toISOString().replace("Z", "000Z");
}
