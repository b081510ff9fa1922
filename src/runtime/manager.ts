import type { Logger } from "./log.ts";

/** A part of the program that runs until it is stopped. */
export interface Runnable {
  readonly name: string;
  /**
   * Resolves when what comes after may rely on it: listening, caches filled.
   * @param stopping aborted when the program is stopped while this still starts
   */
  readonly start: (stopping: AbortSignal) => Promise<void>;
  /**
   * Resolves when it has ended. Only called after `start` was.
   * @param deadline aborted when the time for an orderly end is over
   */
  readonly stop: (deadline: AbortSignal) => Promise<void>;
}

export interface ManagerOptions {
  readonly log: Logger;
  /** In the order they start; they stop in the reverse one. */
  readonly runnables: readonly Runnable[];
  /** The time all of them together have for an orderly end. */
  readonly drainMs?: number;
}

/** After the deadline, how long what was told to hurry may still take. */
const graceMs = 1_000;

/** Starts the parts of a program in order, and stops them in the reverse one. */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #stopping = new AbortController();
  readonly #started: Runnable[] = [];
  #starting: Promise<void> | undefined;
  #stopped: Promise<readonly string[]> | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /** Starts everything. Where one part fails, those before it are stopped, and its error is thrown. */
  async start(): Promise<void> {
    this.#starting ??= this.#startAll();
    try {
      await this.#starting;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops everything that was started, once; returns the names of those that did not end in time, or failed to. */
  async stop(): Promise<readonly string[]> {
    this.#stopping.abort();
    this.#stopped ??= this.#stopAll();
    return await this.#stopped;
  }

  async #startAll(): Promise<void> {
    for (const runnable of this.#options.runnables) {
      if (this.#stopping.signal.aborted) return;
      this.#started.push(runnable);
      try {
        await runnable.start(this.#stopping.signal);
      } catch (error) {
        throw new Error(`${runnable.name} did not start`, { cause: error });
      }
      this.#options.log.debug("started", { runnable: runnable.name });
    }
  }

  async #stopAll(): Promise<readonly string[]> {
    const { log, drainMs = 20_000 } = this.#options;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new Error(`not stopped within ${drainMs / 1000} s`)), drainMs);
    const late: string[] = [];
    try {
      await endsInTime(this.#starting?.catch(() => {}) ?? Promise.resolve(), deadline.signal);
      for (const runnable of this.#started.toReversed()) {
        try {
          if (await endsInTime(runnable.stop(deadline.signal), deadline.signal)) continue;
          log.warn("did not stop in time", { runnable: runnable.name });
        } catch (error) {
          log.error("failed to stop", { runnable: runnable.name, error });
        }
        late.push(runnable.name);
      }
    } finally {
      clearTimeout(timer);
    }
    return late;
  }
}

/** Waits for work until a little after the deadline; false where it goes on. */
async function endsInTime(work: Promise<void>, deadline: AbortSignal): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  let onDeadline = () => {};
  const tooLate = new Promise<false>((resolve) => {
    onDeadline = () => {
      timer = setTimeout(() => resolve(false), graceMs);
    };
    if (deadline.aborted) onDeadline();
    else deadline.addEventListener("abort", onDeadline, { once: true });
  });
  try {
    return await Promise.race([work.then(() => true), tooLate]);
  } finally {
    clearTimeout(timer);
    deadline.removeEventListener("abort", onDeadline);
  }
}
