import { FlowQueues, type Seats, UNLIMITED_SEATS } from "../../event-loop/flow-queues.ts";
import { RateLimiter, type RateLimiterOptions } from "./backoff.ts";
import { DelayedKeys, type Priority } from "./delayed-keys.ts";

/** Called for metrics. Milliseconds. */
export interface QueueObserver {
  readonly added: () => void;
  readonly retried: () => void;
  readonly depth: (queued: number) => void;
  readonly started: (queuedMs: number) => void;
  readonly finished: (workedMs: number) => void;
}

export interface WorkQueueOptions extends RateLimiterOptions {
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly observer?: QueueObserver;
  /** One flow that always has a seat if left out. */
  readonly flowControl?: FlowControl;
}

/** Decides which keys may be processed now. */
export interface FlowControl {
  /** The flow of a key: must not change while the key is queued. */
  readonly flowOf: (key: string) => string;
  /** Call {@link WorkQueue.dispatch} when one becomes free. */
  readonly seats: Seats;
}

interface Queued {
  readonly since: number;
  readonly priority: Priority;
}

const SINGLE_FLOW: FlowControl = { flowOf: () => "", seats: UNLIMITED_SEATS };

/**
 * client-go's rate-limited work queue, with priorities and flows. A key is queued at most once and processed by one
 * worker at a time; a key that is added while it is processed is queued again afterwards. A key has at most one delay,
 * the earliest that was requested. Adding it at once cancels the delay: the worker decides again.
 */
export class WorkQueue {
  readonly #observer: QueueObserver | undefined;
  readonly #now: () => number;
  readonly #flowControl: FlowControl;
  readonly #rateLimiter: RateLimiter;
  readonly #delayed: DelayedKeys;
  /** Key → when it was added, in monotonic milliseconds. */
  readonly #queues: Readonly<Record<Priority, FlowQueues<string, number>>> = {
    high: new FlowQueues(),
    low: new FlowQueues(),
  };
  /** The flows of queued keys, so that they are found again. */
  readonly #flows = new Map<string, string>();
  /** Key → when its processing started. */
  readonly #processing = new Map<string, number>();
  /** Keys that were added while they are processed. */
  readonly #dirty = new Map<string, Queued>();
  readonly #waitingWorkers: ((key: string | undefined) => void)[] = [];
  #shuttingDown = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#observer = options.observer;
    this.#now = options.now ?? (() => performance.now());
    this.#flowControl = options.flowControl ?? SINGLE_FLOW;
    this.#rateLimiter = new RateLimiter(options);
    this.#delayed = new DelayedKeys({ now: this.#now, onDue: (key, priority) => this.add(key, { priority }) });
  }

  /** Queued keys, without the delayed ones and those that are processed. */
  get depth(): number {
    return this.#queues.high.size + this.#queues.low.size;
  }

  /** Queues a key, or raises the priority of a queued one from low to high. */
  add(key: string, options: { readonly priority?: Priority } = {}): void {
    if (this.#shuttingDown) return;
    const { priority = "high" } = options;
    this.#delayed.cancel(key);
    const known = this.#findQueued(key);
    if (known?.priority === "high" || (known !== undefined && priority === "low")) return;
    if (known === undefined) this.#observer?.added();
    const entry = { since: known?.since ?? this.#now(), priority };
    if (this.#processing.has(key)) this.#dirty.set(key, entry);
    else this.#enqueue(key, entry);
  }

  /** Queues a key after a delay. Does nothing if it is queued already, or due earlier. */
  addAfter(key: string, ms: number, options: { readonly priority?: Priority } = {}): void {
    if (this.#shuttingDown) return;
    const { priority = "high" } = options;
    if (ms <= 0) this.add(key, { priority });
    else if (this.#findQueued(key) === undefined) this.#delayed.schedule(key, ms, priority);
  }

  /** Queues a key after a delay that grows with each call until `forget`. Returns the delay in milliseconds. */
  addRateLimited(key: string, options: { readonly priority?: Priority } = {}): number {
    const ms = this.#rateLimiter.when(key);
    this.#observer?.retried();
    this.addAfter(key, ms, options);
    return ms;
  }

  /** Resets the failures of a key, so that its next retry is soon. */
  forget(key: string): void {
    this.#rateLimiter.forget(key);
  }

  /**
   * Resolves with the next key that has a seat, or with undefined after `shutDown`. `done` must be called for each key.
   */
  async get(): Promise<string | undefined> {
    if (this.#shuttingDown) return undefined;
    const key = this.#dequeue();
    if (key !== undefined) return key;
    return await new Promise((resolve) => this.#waitingWorkers.push(resolve));
  }

  /** Passes keys that have a seat by now to waiting workers. To be called when a seat becomes free. */
  dispatch(): void {
    while (this.#waitingWorkers.length > 0) {
      const key = this.#dequeue();
      if (key === undefined) return;
      this.#waitingWorkers.shift()?.(key);
    }
  }

  /** Ends the processing of a key; it is queued again if it was added in the meantime. */
  done(key: string): void {
    const started = this.#processing.get(key);
    if (started === undefined) return;
    this.#processing.delete(key);
    this.#observer?.finished(this.#now() - started);
    const again = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (again !== undefined) this.#enqueue(key, again);
  }

  /** Drops all queued and delayed keys, ignores further ones and releases waiting workers. */
  shutDown(): void {
    this.#shuttingDown = true;
    this.#delayed.clear();
    this.#queues.high.clear();
    this.#queues.low.clear();
    this.#flows.clear();
    this.#dirty.clear();
    this.#observer?.depth(0);
    for (const resolve of this.#waitingWorkers.splice(0)) resolve(undefined);
  }

  #findQueued(key: string): Queued | undefined {
    const dirty = this.#dirty.get(key);
    if (dirty !== undefined) return dirty;
    const flow = this.#flows.get(key);
    if (flow === undefined) return undefined;
    const high = this.#queues.high.get(flow, key);
    if (high !== undefined) return { since: high, priority: "high" };
    const low = this.#queues.low.get(flow, key);
    return low === undefined ? undefined : { since: low, priority: "low" };
  }

  #enqueue(key: string, { since, priority }: Queued): void {
    const flow = this.#flows.get(key) ?? this.#flowControl.flowOf(key);
    this.#flows.set(key, flow);
    this.#queues.low.delete(flow, key);
    this.#queues[priority].add(flow, key, since);
    this.#observer?.depth(this.depth);
    this.dispatch();
  }

  #dequeue(): string | undefined {
    const { seats } = this.#flowControl;
    const next = this.#queues.high.takeNext(seats) ?? this.#queues.low.takeNext(seats);
    if (next === undefined) return undefined;
    const now = this.#now();
    this.#flows.delete(next.key);
    this.#processing.set(next.key, now);
    this.#observer?.started(now - next.value);
    this.#observer?.depth(this.depth);
    return next.key;
  }
}
