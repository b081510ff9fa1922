export interface StandstillOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** When the observed event loop was last free; undefined before it has run. */
  readonly freeAt: () => number | undefined;
  /** Called once for each time that the loop stands still. */
  readonly onStandstill: (ms: number) => void;
}

/** How often the loop is looked at; it reports that it is free more often. */
export const LOOK_INTERVAL_MS = 500;
/** A loop that was not free for so long stands still. */
const STANDSTILL_MS = 2_000;

/**
 * Notices from another thread that an event loop stands still. Not counted is the time in which this thread stood still
 * as well: the whole process, or the machine, was stopped.
 */
export class StandstillWatch {
  readonly #options: StandstillOptions;
  #lookedAt: number | undefined;
  #freeAt: number | undefined;
  #stopped = 0;
  #isReported = false;

  constructor(options: StandstillOptions) {
    this.#options = options;
  }

  /** To be called every `LOOK_INTERVAL_MS`. */
  look(): void {
    const now = this.#options.now();
    const freeAt = this.#options.freeAt();
    const late = now - (this.#lookedAt ?? now) - LOOK_INTERVAL_MS;
    this.#lookedAt = now;
    if (freeAt === undefined) return;
    if (freeAt !== this.#freeAt) {
      this.#freeAt = freeAt;
      this.#stopped = 0;
      this.#isReported = false;
    }
    this.#stopped += Math.max(0, late);
    const ms = now - freeAt - this.#stopped;
    if (ms < STANDSTILL_MS || this.#isReported) return;
    this.#isReported = true;
    this.#options.onStandstill(ms);
  }
}
