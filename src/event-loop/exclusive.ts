import { runInTurns } from "./turns.ts";

/**
 * Runs work in steps to its end before the next one begins, in as many turns of the event loop as it takes: what it
 * works on changes only through others of its kind.
 */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();

  /** After all that was asked for before. Rejects with what `begin` or a step throws. */
  async run<T>(begin: () => Generator<unknown, T>): Promise<T> {
    const before = this.#last;
    const result = (async () => {
      await before;
      return await runInTurns(begin());
    })();
    this.#last = result.catch(() => {});
    return await result;
  }
}
