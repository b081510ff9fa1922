import { runInTurns } from "./turns.ts";

/**
 * A mutex for generators: each runs to its end before the next one begins, in as many turns of the event loop as it
 * takes. Data that only these generators use does not change between their steps.
 */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs a generator after all earlier calls. Rejects with what `begin` or a step throws. */
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
