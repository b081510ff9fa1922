export interface PollerOptions<T> {
  /**
   * Called for each round: reads again what was read before. Never rejects; undefined if there is no answer, so that
   * what was there before counts.
   */
  readonly startRound: () => (before: T) => Promise<T | undefined>;
  /** There is something else now. */
  readonly onChanged: (key: string) => void;
}

/** Looks after objects that were read, by the key of what asked for them: there is no watch for every kind. */
export class Poller<T extends { readonly digest: string | undefined }> {
  readonly #options: PollerOptions<T>;
  readonly #known = new Map<string, T>();
  #polling: Promise<void> | undefined;

  constructor(options: PollerOptions<T>) {
    this.#options = options;
  }

  get(key: string): T | undefined {
    return this.#known.get(key);
  }

  set(key: string, known: T): void {
    this.#known.set(key, known);
  }

  forget(key: string): void {
    this.#known.delete(key);
  }

  /** Reads everything again, one after the other: it does not hurry. */
  async poll(): Promise<void> {
    this.#polling ??= this.#pollAll().finally(() => {
      this.#polling = undefined;
    });
    await this.#polling;
  }

  async #pollAll(): Promise<void> {
    const read = this.#options.startRound();
    for (const [key, before] of this.#known) {
      const next = await read(before);
      // Meanwhile something else may have been asked for, or nothing any more.
      if (next === undefined || this.#known.get(key) !== before) continue;
      this.#known.set(key, next);
      if (next.digest !== before.digest) this.#options.onChanged(key);
    }
  }
}
