/**
 * Reads that several callers share. The read that answers a caller began after its call, as a read of its own would: a
 * call during a read waits for the next read, together with all other calls during that read.
 */
export class SharedReads {
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #next = new Map<string, Promise<unknown>>();

  /**
   * @param key equal for reads with one answer, and of one type
   * @throws what `read` throws, to all that share it
   */
  async read<T>(key: string, read: () => Promise<T>): Promise<T> {
    const next = this.#next.get(key);
    if (next !== undefined) return (await next) as T;
    const running = this.#running.get(key);
    if (running === undefined) return await this.#begin(key, read);
    const begin = async () => {
      await running.catch(() => {});
      this.#next.delete(key);
      return await this.#begin(key, read);
    };
    const promise = begin();
    this.#next.set(key, promise);
    return await promise;
  }

  async #begin<T>(key: string, read: () => Promise<T>): Promise<T> {
    const running = read();
    this.#running.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#running.get(key) === running) this.#running.delete(key);
    }
  }
}

const byClient = new WeakMap<object, SharedReads>();

/** The shared reads of a client. */
export function sharedReadsOf(client: object): SharedReads {
  const known = byClient.get(client) ?? new SharedReads();
  byClient.set(client, known);
  return known;
}
