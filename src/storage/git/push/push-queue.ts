import type { Person } from "../../../core/identity/person.ts";
import { GitError } from "../errors.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { RefChange } from "../refs/ref-table.ts";
import { BatchRunner, type Entry, type WriteRequest, type WriteResult } from "./batch-runner.ts";

export interface PushQueueOptions {
  readonly mirror: Mirror;
  readonly committer: Person;
  readonly now: () => Date;
  /** Called for all that fetches found, whoever caused them. */
  readonly onChanges?: (changes: readonly RefChange[]) => void;
  readonly maxBatch?: number;
  readonly maxTries?: number;
}

interface FetchWaiter {
  readonly resolve: (changes: readonly RefChange[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The one writer of a repository: pushes and fetches, one at a time. Requests that wait together go out together, in one
 * atomic push; a request that the remote refuses fails alone. A request that succeeded was pushed exactly once.
 */
export class PushQueue {
  readonly #options: PushQueueOptions;
  readonly #mirror: Mirror;
  readonly #runner: BatchRunner;
  #queue: Entry[] = [];
  #fetches: FetchWaiter[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: PushQueueOptions) {
    this.#options = options;
    this.#mirror = options.mirror;
    this.#runner = new BatchRunner({
      mirror: options.mirror,
      committer: options.committer,
      now: options.now,
      maxTries: options.maxTries ?? 10,
      fetch: () => this.#fetchNow(),
      defer: (entries) => this.#queue.unshift(...entries),
      isClosed: () => this.#closed,
    });
  }

  /**
   * Plans and pushes a change. Rejects with what the plan threw, or a `GitError`: `PushRejected`, `RefConflict`,
   * `InvalidChange`, `LeaseLost` (the remote moved at every try), or why the remote could not be reached.
   */
  submit<T>(request: WriteRequest<T>): Promise<WriteResult<T>> {
    return new Promise<WriteResult<T>>((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      // The value that goes back is the one this very plan made, so the entry's `unknown` is a T.
      this.#queue.push({ ...request, resolve: resolve as (result: WriteResult<unknown>) => void, reject });
      this.#start();
    });
  }

  /** Fetches between pushes; callers that wait together share one fetch. */
  fetch(): Promise<readonly RefChange[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      this.#fetches.push({ resolve, reject });
      this.#start();
    });
  }

  /** Refuses what waits, ends what runs and closes the mirror. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of [...this.#queue.splice(0), ...this.#fetches.splice(0)]) reject(closedError());
    await this.#mirror.close();
    await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#queue.length > 0 || this.#fetches.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    // Requests made in the same turn belong together.
    await new Promise(setImmediate);
    while (this.#queue.length > 0 || this.#fetches.length > 0) {
      if (this.#fetches.length > 0) await this.#answerFetches(this.#fetches.splice(0));
      const entries = this.#queue.splice(0, this.#options.maxBatch ?? 100);
      if (entries.length > 0) await this.#runner.run(entries);
      if (this.#queue.length === 0) await this.#tidy();
    }
  }

  async #answerFetches(waiters: readonly FetchWaiter[]): Promise<void> {
    try {
      const changes = await this.#fetchNow();
      for (const { resolve } of waiters) resolve(changes);
    } catch (error) {
      for (const { reject } of waiters) reject(error);
    }
  }

  async #fetchNow(): Promise<readonly RefChange[]> {
    const changes = await this.#mirror.fetch();
    if (changes.length > 0) this.#options.onChanges?.(changes);
    return changes;
  }

  async #tidy(): Promise<void> {
    try {
      await this.#mirror.tidy();
    } catch {
      // Everything works without; a mirror that is really damaged says so where it matters.
    }
  }
}

function closedError(): GitError {
  return new GitError("Closed", "the repository was closed");
}
