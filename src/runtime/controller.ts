import { randomUUID } from "node:crypto";
import { FairSemaphore } from "../event-loop/fair-semaphore.ts";
import { takeTurns } from "../event-loop/turns.ts";
import type { Logger } from "./log.ts";
import type { Runnable } from "./manager.ts";
import {
  logCompletion,
  type ReconcileContext,
  type ReconcilerOptions,
  type ReleaseWorkerWhile,
  reconcileOnce,
  requeue,
} from "./reconcile.ts";
import type { Priority } from "./workqueue/delayed-keys.ts";
import { WorkQueue, type WorkQueueOptions } from "./workqueue/workqueue.ts";

export interface ControllerOptions extends ReconcilerOptions {
  /** Workers: the most keys reconciled at a time. Keys in `releaseWorkerWhile` are not counted. */
  readonly concurrency: number;
  /**
   * The flow of a key, such as its namespace; must not change while the key is known. A flow gets at most half of the
   * workers that the other flows leave; so does each part of a flow (`a/x` of `a`). One flow without limits if left
   * out.
   */
  readonly flowOf?: (key: string) => string;
  readonly log: Logger;
  readonly queue?: Pick<WorkQueueOptions, "backoff" | "random">;
}

/** Reconciles the keys of a work queue. Keys that are enqueued before `start` wait for it. */
export class Controller implements Runnable {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #flowOf: (key: string) => string;
  readonly #workers: FairSemaphore;
  readonly #queue: WorkQueue;
  readonly #aborted = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #dispatching = Promise.resolve();
  #stopping = false;

  constructor(options: ControllerOptions) {
    const { name, concurrency, metrics, flowOf } = options;
    this.name = name;
    this.#options = options;
    this.#flowOf = flowOf ?? (() => "");
    this.#workers = new FairSemaphore(concurrency, { shared: flowOf !== undefined });
    this.#queue = new WorkQueue({
      ...options.queue,
      ...(metrics !== undefined && { observer: metrics.queueObserver(name) }),
      flowControl: { flowOf: this.#flowOf, seats: this.#workers },
    });
  }

  /** Requests a reconciliation: now, or after a delay. */
  enqueue(key: string, options: { readonly priority?: Priority; readonly afterMs?: number } = {}): void {
    const { priority = "high", afterMs = 0 } = options;
    this.#queue.addAfter(key, afterMs, { priority });
  }

  async start(): Promise<void> {
    this.#options.metrics?.register(this.name, this.#options.concurrency);
    this.#dispatching = this.#dispatch();
  }

  /** Drops the queue and waits for running reconciliations; their signal is aborted at the deadline. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#stopping = true;
    this.#queue.shutDown();
    const abort = () => this.#aborted.abort(deadline.reason);
    if (deadline.aborted) abort();
    else deadline.addEventListener("abort", abort, { once: true });
    await this.#dispatching;
    await Promise.all(this.#running);
    deadline.removeEventListener("abort", abort);
  }

  async #dispatch(): Promise<void> {
    for (let key = await this.#queue.get(); key !== undefined; key = await this.#queue.get()) {
      const work = this.#work(key).finally(() => this.#running.delete(work));
      this.#running.add(work);
      // The next key may be there already, and reconciliations without I/O settle in one row of promises.
      await takeTurns();
    }
  }

  async #work(key: string): Promise<void> {
    const flow = this.#flowOf(key);
    // The queue has seen a free seat, but a reconciliation that returned from releaseWorkerWhile may have taken it
    // since.
    const seated = this.#workers.acquire(flow);
    if (seated !== undefined) await seated;
    if (seated !== undefined && this.#stopping) return this.#workers.release(flow);
    const context = this.#createContext(key, flow);
    const completion = await reconcileOnce(this.#options, key, context);
    if (!this.#aborted.signal.aborted) logCompletion(completion, context.log);
    requeue(this.#queue, key, completion);
    this.#release(flow);
  }

  #createContext(key: string, flow: string): ReconcileContext {
    const releaseWorkerWhile: ReleaseWorkerWhile = async (wait) => {
      this.#release(flow);
      try {
        return await wait();
      } finally {
        await this.#workers.acquire(flow);
      }
    };
    const log = this.#options.log.child({ controller: this.name, object: key, reconcileID: randomUUID() });
    return { signal: this.#aborted.signal, log, releaseWorkerWhile };
  }

  #release(flow: string): void {
    this.#workers.release(flow);
    this.#queue.dispatch();
  }
}
