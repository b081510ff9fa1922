/** setTimeout takes at most 2^31-1 ms, and fires at once when given more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Bulk work such as the first registration of a repository is `low`; work that a user waits for is `high`. */
export type Priority = "high" | "low";

interface DelayedKey {
  readonly timer: NodeJS.Timeout;
  /** When it is due, in monotonic milliseconds. */
  readonly at: number;
  readonly priority: Priority;
}

export interface DelayedKeysOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly onDue: (key: string, priority: Priority) => void;
}

/** Keys to add later: one timer for each, for the earliest time and the highest priority that was requested. */
export class DelayedKeys {
  readonly #options: DelayedKeysOptions;
  readonly #keys = new Map<string, DelayedKey>();

  constructor(options: DelayedKeysOptions) {
    this.#options = options;
  }

  schedule(key: string, ms: number, priority: Priority): void {
    const now = this.#options.now();
    const known = this.#keys.get(key);
    const at = Math.min(now + ms, known?.at ?? Number.POSITIVE_INFINITY);
    this.cancel(key);
    const delay = Math.min(Math.max(0, at - now), MAX_TIMER_MS);
    const timer = setTimeout(() => this.#expire(key), delay);
    this.#keys.set(key, { timer, at, priority: known?.priority === "high" ? "high" : priority });
  }

  cancel(key: string): void {
    clearTimeout(this.#keys.get(key)?.timer);
    this.#keys.delete(key);
  }

  clear(): void {
    for (const { timer } of this.#keys.values()) clearTimeout(timer);
    this.#keys.clear();
  }

  #expire(key: string): void {
    const delayed = this.#keys.get(key);
    this.#keys.delete(key);
    if (delayed === undefined) return;
    const left = delayed.at - this.#options.now();
    // Timers may be a fraction of a millisecond early. Real time is left only of a delay above MAX_TIMER_MS.
    if (left > 1) this.schedule(key, left, delayed.priority);
    else this.#options.onDue(key, delayed.priority);
  }
}
