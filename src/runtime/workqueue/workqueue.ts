import { type BackoffOptions, backoffMs } from "./backoff.ts";
import { FlowQueues } from "./flow-queues.ts";

/** What people wait for goes first; `low` is for bulk work such as the first registration. */
export type Priority = "high" | "low";

/** What metrics want to know. Milliseconds. */
export interface QueueObserver {
  readonly added: () => void;
  readonly retried: () => void;
  readonly depth: (waiting: number) => void;
  readonly started: (waitedMs: number) => void;
  readonly finished: (workedMs: number) => void;
}

export interface WorkQueueOptions {
  readonly backoff?: BackoffOptions;
  readonly random?: () => number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly observer?: QueueObserver;
  readonly flowControl?: FlowControl;
}

/** Who shares the workers, and who of them may have one more. */
export interface FlowControl {
  /** Of whom a key is: the same for as long as it waits. */
  readonly flowOf: (key: string) => string;
  /** Asked whenever a key could be given out; `offer` tells that the answer may be another one now. */
  readonly hasSeat: (sharer: string) => boolean;
}

interface Delayed {
  readonly timer: NodeJS.Timeout;
  readonly at: number;
  readonly priority: Priority;
}

interface Waiting {
  readonly since: number;
  readonly priority: Priority;
}

const unshared: FlowControl = { flowOf: () => "", hasSeat: () => true };

export const defaultBackoff: BackoffOptions = { baseMs: 200, capMs: 5 * 60_000, jitter: 0.3 };
/** setTimeout takes no more than 2^31-1 ms, and fires at once when given more. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Keys to work on. A key waits at most once and is worked on by one worker at a time; one that is added while it is worked on comes
 * again afterwards. There is one delay a key, the earliest asked for; adding it at once takes the delay's place, since the worker will
 * decide anew.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #now: () => number;
  readonly #sharing: FlowControl;
  readonly #waiting: Readonly<Record<Priority, FlowQueues>> = { high: new FlowQueues(), low: new FlowQueues() };
  /** Of whom the keys are that wait: asked once, so that they are found again. */
  readonly #sharers = new Map<string, string>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #active = new Map<string, number>();
  readonly #dirty = new Map<string, Waiting>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#sharing = options.flowControl ?? unshared;
  }

  /** Keys that could be worked on now. */
  get depth(): number {
    return this.#waiting.high.size + this.#waiting.low.size;
  }

  /** Adds a key, or raises it from low to high where it waits already. */
  add(key: string, options: { readonly priority?: Priority } = {}): void {
    if (this.#closed) return;
    const { priority = "high" } = options;
    this.#cancelDelay(key);
    const known = this.#find(key);
    if (known?.priority === "high" || (known !== undefined && priority === "low")) return;
    if (known === undefined) this.#options.observer?.added();
    const entry = { since: known?.since ?? this.#now(), priority };
    if (this.#active.has(key)) this.#dirty.set(key, entry);
    else this.#line(key, entry);
  }

  /** Adds a key after a delay, unless it is to come earlier anyway. */
  addAfter(key: string, ms: number, options: { readonly priority?: Priority } = {}): void {
    if (this.#closed) return;
    const { priority = "high" } = options;
    if (ms <= 0) {
      this.add(key, { priority });
      return;
    }
    if (this.#find(key) !== undefined) return;
    const known = this.#delayed.get(key);
    const at = Math.min(this.#now() + ms, known?.at ?? Number.POSITIVE_INFINITY);
    const raised = known?.priority === "high" ? "high" : priority;
    if (known !== undefined) clearTimeout(known.timer);
    const wait = Math.max(0, at - this.#now());
    const timer = setTimeout(() => this.#expire(key), Math.min(wait, maxTimerMs));
    this.#delayed.set(key, { timer, at, priority: raised });
  }

  /** Adds a key after a delay that grows with each call until `forget`. Returns the delay in milliseconds. */
  addRateLimited(key: string, options: { readonly priority?: Priority } = {}): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const ms = backoffMs(failures, this.#options.backoff ?? defaultBackoff, this.#options.random ?? Math.random);
    this.#options.observer?.retried();
    this.addAfter(key, ms, options);
    return ms;
  }

  /** Forgets the failures of a key: its next retry is soon. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, as soon as there is one that may go on; undefined once the queue is closed. Every key must be given back by `done`. */
  async next(): Promise<string | undefined> {
    if (this.#closed) return undefined;
    const key = this.#take();
    if (key !== undefined) return key;
    return await new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Gives out what may go on by now, where somebody waits for a key: to be called when somebody's share has become free. */
  dispatch(): void {
    while (this.#takers.length > 0) {
      const key = this.#take();
      if (key === undefined) return;
      this.#takers.shift()?.(key);
    }
  }

  /** Ends the work on a key; it lines up again if it was added in the meantime. */
  done(key: string): void {
    const started = this.#active.get(key);
    if (started === undefined) return;
    this.#active.delete(key);
    this.#options.observer?.finished(this.#now() - started);
    const again = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (again !== undefined && !this.#closed) this.#line(key, again);
  }

  /** Gives out nothing more, and forgets what waits. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#waiting.high.clear();
    this.#waiting.low.clear();
    this.#sharers.clear();
    this.#dirty.clear();
    this.#options.observer?.depth(0);
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #find(key: string): Waiting | undefined {
    const dirty = this.#dirty.get(key);
    if (dirty !== undefined) return dirty;
    const sharer = this.#sharers.get(key);
    if (sharer === undefined) return undefined;
    const high = this.#waiting.high.since(sharer, key);
    if (high !== undefined) return { since: high, priority: "high" };
    const low = this.#waiting.low.since(sharer, key);
    return low === undefined ? undefined : { since: low, priority: "low" };
  }

  #line(key: string, { since, priority }: Waiting): void {
    const sharer = this.#sharers.get(key) ?? this.#sharing.flowOf(key);
    this.#sharers.set(key, sharer);
    this.#waiting.low.delete(sharer, key);
    this.#waiting[priority].add(sharer, { key, since });
    this.#options.observer?.depth(this.depth);
    this.dispatch();
  }

  #take(): string | undefined {
    const { high, low } = this.#waiting;
    const taken = high.take(this.#sharing.hasSeat) ?? low.take(this.#sharing.hasSeat);
    if (taken === undefined) return undefined;
    const { key, since } = taken;
    const now = this.#now();
    this.#sharers.delete(key);
    this.#active.set(key, now);
    this.#options.observer?.started(now - since);
    this.#options.observer?.depth(this.depth);
    return key;
  }

  #expire(key: string): void {
    const delayed = this.#delayed.get(key);
    this.#delayed.delete(key);
    if (delayed === undefined) return;
    const left = delayed.at - this.#now();
    // Timers may be a fraction of a millisecond early; only one that was cut to what setTimeout takes has real time left.
    if (left > 1) this.addAfter(key, left, delayed);
    else this.add(key, delayed);
  }

  #cancelDelay(key: string): void {
    const delayed = this.#delayed.get(key);
    if (delayed === undefined) return;
    clearTimeout(delayed.timer);
    this.#delayed.delete(key);
  }
}
