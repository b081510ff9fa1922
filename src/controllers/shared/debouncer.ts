export interface DebouncerOptions {
  /** The time without a change after which a key is quiet. */
  readonly afterMs: number;
  /** The longest time from a change until `onQuiet`, however many follow. */
  readonly maxMs: number;
  readonly onQuiet: (key: string) => void;
}

interface Changing {
  /** Monotonic milliseconds of the first change. */
  readonly since: number;
  readonly timer: NodeJS.Timeout;
}

/** Turns many changes of a key in a row into one call, when they are over. */
export class Debouncer {
  readonly #options: DebouncerOptions;
  readonly #changing = new Map<string, Changing>();

  constructor(options: DebouncerOptions) {
    this.#options = options;
  }

  /** Records a change. */
  touch(key: string): void {
    const { afterMs, maxMs } = this.#options;
    const now = performance.now();
    const known = this.#changing.get(key);
    clearTimeout(known?.timer);
    const since = known?.since ?? now;
    const timer = setTimeout(() => this.#settle(key), Math.min(afterMs, Math.max(since + maxMs - now, 0)));
    // What is pending does not keep the process running.
    timer.unref();
    this.#changing.set(key, { since, timer });
  }

  #settle(key: string): void {
    this.#changing.delete(key);
    this.#options.onQuiet(key);
  }
}
