import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage<Thread>();

/** Halts the running thread until it is advanced; returns at once outside of threads. */
export async function halt(): Promise<void> {
  await current.getStore()?.halt();
}

/**
 * Production code that is run step by step: it halts at each of its effects, where it may be overtaken by others, or
 * abandoned, as if the process were killed there.
 */
export class Thread {
  readonly #work: () => Promise<void>;
  /** The halts that wait: several, where the work does several things at the same time. */
  readonly #halted: (() => void)[] = [];
  #onPause: () => void = () => {};
  #isStarted = false;
  #isAbandoned = false;
  #ended: { readonly error?: unknown } | undefined;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Runs to the next halt. False: the work has ended. Throws what the work threw. */
  async advance(): Promise<boolean> {
    if (this.#ended === undefined) {
      const paused = new Promise<void>((resolve) => {
        this.#onPause = resolve;
      });
      if (this.#isStarted) this.#halted.shift()?.();
      else this.#start();
      // What was resumed may end without another halt, while others of this thread wait.
      if (this.#halted.length > 0) await Promise.race([paused, new Promise(setImmediate)]);
      else await paused;
    }
    if (this.#ended === undefined) return true;
    if ("error" in this.#ended) throw this.#ended.error;
    return false;
  }

  /** From now on nothing of this thread runs: it stays at its halt. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#halted.length = 0;
  }

  async halt(): Promise<void> {
    if (this.#isAbandoned) return await new Promise(() => {});
    await new Promise<void>((resolve) => {
      this.#halted.push(resolve);
      this.#onPause();
    });
  }

  #start(): void {
    this.#isStarted = true;
    const end = (ended: { readonly error?: unknown }) => {
      this.#ended = ended;
      this.#onPause();
    };
    current.run(
      this,
      () =>
        void this.#work().then(
          () => end({}),
          (error: unknown) => end({ error }),
        ),
    );
  }
}
