export interface PollerOptions<T> {
  /**
   * Called once a round; returns how an entry is read again. That never rejects, and resolves to undefined if there is
   * no answer: the entry stays.
   */
  readonly startRound: () => (before: T) => Promise<T | undefined>;
  /** The digest of an entry has changed. */
  readonly onChanged: (key: string) => void;
}

/** Reads the objects behind each key again, and reports changes: not every kind can be watched. */
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

  /** Reads all entries again, one at a time. A call during a round joins it. */
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
      // The entry may have been replaced or forgotten during the read.
      if (next === undefined || this.#known.get(key) !== before) continue;
      this.#known.set(key, next);
      if (next.digest !== before.digest) this.#options.onChanged(key);
    }
  }
}
