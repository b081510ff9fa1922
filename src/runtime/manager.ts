import type { Logger } from "./log.ts";

/** A component that runs until it is stopped. */
export interface Runnable {
  readonly name: string;
  /**
   * Resolves when the components that start after it may rely on it: it listens, its caches are synced.
   * @param stopping aborted when the program is stopped during the start
   */
  readonly start: (stopping: AbortSignal) => Promise<void>;
  /**
   * Resolves when the component has stopped. Only called after `start`, which may have failed.
   * @param deadline aborted when the time for an orderly stop is over
   */
  readonly stop: (deadline: AbortSignal) => Promise<void>;
}

export interface ManagerOptions {
  readonly log: Logger;
  /** In the order in which they start. They stop in reverse order. */
  readonly runnables: readonly Runnable[];
  /** The time for an orderly stop of all of them together. Default: 20 s. */
  readonly drainMs?: number;
}

const DEFAULT_DRAIN_MS = 20_000;
/** How long a component may still take after the deadline, by which its stop was aborted. */
const GRACE_MS = 1_000;

/** Starts components in order, and stops them in reverse order. */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #stopping = new AbortController();
  readonly #started: Runnable[] = [];
  #starting: Promise<void> | undefined;
  #stopped: Promise<readonly string[]> | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /**
   * Starts all. Where one fails, those that were started are stopped, and an Error with its name and cause is thrown.
   */
  async start(): Promise<void> {
    this.#starting ??= this.#startAll();
    try {
      await this.#starting;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops all that were started, once. Returns the names of those that failed to stop, or not in time. */
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
    const { log, drainMs = DEFAULT_DRAIN_MS } = this.#options;
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

/** Waits for work until the grace period after the deadline is over; false if the work continues. */
async function endsInTime(work: Promise<void>, deadline: AbortSignal): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  let onDeadline = () => {};
  const tooLate = new Promise<false>((resolve) => {
    onDeadline = () => {
      timer = setTimeout(() => resolve(false), GRACE_MS);
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
