import type { Person } from "../../../core/identity/person.ts";
import { GitError } from "../errors.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { RefChange } from "../refs/ref-table.ts";
import { BatchDelay } from "./batch-delay.ts";
import { BatchRunner } from "./batch-runner.ts";
import { MAX_BATCH } from "./batch-size.ts";
import type { QueuedRequest, WriteRequest, WriteResult } from "./write-request.ts";

const DEFAULT_MAX_TRIES = 10;

export interface PushQueueOptions {
  readonly mirror: Mirror;
  readonly committer: Person;
  readonly now: () => Date;
  /** Called with the ref changes of every fetch, including those before a repeated push. */
  readonly onChanges?: (changes: readonly RefChange[]) => void;
  /** Requests that are taken from the queue at once; 100 by default. */
  readonly maxBatch?: number;
  /** Pushes of one request before it fails with `LeaseLost`; 10 by default. */
  readonly maxTries?: number;
}

interface WaitingFetch {
  readonly resolve: (changes: readonly RefChange[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The only writer of a mirror: runs pushes and fetches one at a time. Requests that wait together share one atomic
 * push; a request that the remote rejects fails alone. A request that succeeded was pushed exactly once. Each push
 * starts at most two git processes (fast-import, push), each fetch one or more.
 */
export class PushQueue {
  readonly #options: PushQueueOptions;
  readonly #mirror: Mirror;
  readonly #runner: BatchRunner;
  #queue: QueuedRequest[] = [];
  #fetches: WaitingFetch[] = [];
  #running: Promise<void> | undefined;
  readonly #delay = new BatchDelay();
  /** Called when a request or a fetch has come, or the queue is closed. */
  #onArrival = () => {};
  #closed = false;

  constructor(options: PushQueueOptions) {
    this.#options = options;
    this.#mirror = options.mirror;
    this.#runner = new BatchRunner({
      mirror: options.mirror,
      committer: options.committer,
      now: options.now,
      maxTries: options.maxTries ?? DEFAULT_MAX_TRIES,
      fetch: () => this.#fetchNow(),
      defer: (requests) => this.#queue.unshift(...requests),
      isClosed: () => this.#closed,
    });
  }

  /**
   * Plans and pushes a change. Rejects with the plan's own error, or with `GitError`: `PushRejected`, `RefConflict`,
   * `InvalidChange`, `LeaseLost` (the remote's refs moved during every attempt), `Closed`, or the reason why the remote
   * could not be reached or the disk not written.
   */
  submit<T>(request: WriteRequest<T>): Promise<WriteResult<T>> {
    return new Promise<WriteResult<T>>((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      // The value of the result comes from this request's own plan, so the queue's `unknown` is a T.
      const settle = { resolve: resolve as (result: WriteResult<unknown>) => void, reject };
      this.#queue.push({ ...request, ...settle, arrivedAt: performance.now() });
      this.#onArrival();
      this.#start();
    });
  }

  /**
   * Fetches between pushes and returns the ref changes; concurrent callers share one fetch. Rejects as `Mirror.fetch`.
   */
  fetch(): Promise<readonly RefChange[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      this.#fetches.push({ resolve, reject });
      this.#onArrival();
      this.#start();
    });
  }

  /** Rejects waiting requests with `Closed`, ends running git processes and closes the mirror. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of [...this.#queue.splice(0), ...this.#fetches.splice(0)]) reject(closedError());
    this.#onArrival();
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
    // Collects all requests of the same turn of the event loop into one batch.
    await new Promise(setImmediate);
    while (this.#queue.length > 0 || this.#fetches.length > 0) {
      if (this.#fetches.length > 0) await this.#answerFetches(this.#fetches.splice(0));
      if (await this.#awaitSiblings()) continue;
      const requests = this.#queue.splice(0, this.#options.maxBatch ?? MAX_BATCH);
      if (requests.length > 0) await this.#push(requests);
      if (this.#queue.length === 0) await this.#maintain();
    }
  }

  /** True if it has waited, and the queue must be looked at again. */
  async #awaitSiblings(): Promise<boolean> {
    const [first] = this.#queue;
    if (first === undefined) return false;
    const ms = this.#delay.remaining(this.#queue.length, first.arrivedAt, performance.now());
    if (ms === 0) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#onArrival = resolve;
    await promise;
    clearTimeout(timer);
    this.#onArrival = () => {};
    return true;
  }

  async #push(requests: readonly QueuedRequest[]): Promise<void> {
    const startedAt = performance.now();
    await this.#runner.run(requests);
    this.#delay.record({ requests: requests.length, startedAt, endedAt: performance.now() });
  }

  async #answerFetches(waiters: readonly WaitingFetch[]): Promise<void> {
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

  async #maintain(): Promise<void> {
    try {
      await this.#mirror.maintain();
    } catch {
      // Optional. If the mirror is damaged, the next read or fetch finds that.
    }
  }
}

function closedError(): GitError {
  return new GitError("Closed", "the repository was closed");
}
