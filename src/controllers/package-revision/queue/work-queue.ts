import { parseKey } from "../../../api/meta.ts";
import { FairQueue } from "../../../event-loop/fair-queue.ts";
import type { Logger } from "../../../runtime/log.ts";
import { LimitExceededError, type WorkerProcess } from "../../../runtime/worker-process.ts";

/** How long a call runs while another namespace waits; twice as long with each interruption. */
const FIRST_SLICE_MS = 5_000;
/** A call that takes longer while others wait has failed: it delays them by no more, and is made again later. */
const MAX_SLICE_MS = 40_000;
/** Attempts at a call that fails for reasons that may have nothing to do with it. */
const MAX_ATTEMPTS = 3;
/** A call that nobody wants any more is ended after this time: shorter ones take less than a new process would. */
const UNWANTED_MS = 500;

/** One call to the worker process. */
export interface Job<Call, Output> {
  /** Equal for equal calls only. */
  readonly key: string;
  /**
   * Loads the call when its turn comes, so that what is queued takes no memory; or its result, where that shows without
   * a call. Throws for a failure that may pass.
   */
  readonly load: () => Promise<{ readonly call: Call } | { readonly output: Output }>;
  /** What it is about, for the log. */
  readonly about: Readonly<Record<string, string>>;
}

export interface QueuedResult<Output> {
  readonly result: Output;
  /** False where the call failed for a reason that may pass, as that others waited: it must not be cached. */
  readonly isFinal: boolean;
}

export interface WorkQueueOptions<Call, Output> {
  /** Runs a call outside the event loop; may throw `LimitExceededError`. */
  readonly worker: Pick<WorkerProcess<Call, Output>, "call">;
  readonly log: Logger;
  /** The pause between two attempts. Other calls are made meanwhile. */
  readonly pauseMs: number;
  /** What the log says of a call that failed: `a file could not be checked`. */
  readonly failure: string;
  /** The result of a call that takes too much of something, or that fails again and again: why is not known. */
  readonly failed: (limit: LimitExceededError["limit"] | undefined) => Output;
}

/** A call that took long while another namespace waited. It is made again. */
class InterruptedError extends Error {}

/** A call that nobody wants any more. */
class UnwantedError extends Error {}

/** The call under way. */
interface Running<Call, Output> {
  readonly flow: string;
  readonly entry: QueueEntry<Call, Output>;
  readonly startedAt: number;
  readonly interruption: AbortController;
  /** Its slice is over. */
  isOverdue: boolean;
}

interface QueueEntry<Call, Output> {
  /** The newest one: the mirror behind an older loader may be closed. */
  job: Job<Call, Output>;
  failures: number;
  /** False while it runs, or pauses after a failure. */
  isDue: boolean;
  sliceMs: number;
  /** The namespaces of those that want it. */
  readonly flows: Set<string>;
  /** By their owners. */
  readonly waiters: Map<string, Waiter<Output>>;
}

interface Waiter<Output> {
  readonly isWanted: () => boolean;
  readonly resolve: (result: QueuedResult<Output> | undefined) => void;
}

/**
 * Makes calls to a worker process, one after another. Each job gets a result in the end. Namespaces share the time: the
 * calls of one, each of which may take up to the worker's limit, delay those of another by one slice, which grows with
 * each interruption so that long calls end.
 */
export class WorkQueue<Call, Output> {
  readonly #options: WorkQueueOptions<Call, Output>;
  readonly #entries = new Map<string, QueueEntry<Call, Output>>();
  readonly #due = new FairQueue<QueueEntry<Call, Output>>();
  #isRunning = false;
  #running: Running<Call, Output> | undefined;

  constructor(options: WorkQueueOptions<Call, Output>) {
    this.#options = options;
  }

  /**
   * Never rejects. Resolves to undefined if no caller wants the result any more when the turn of the job comes.
   * @param owner `namespace/name` of who waits, on the namespace's time: of one owner only the last call waits, and
   * those before get undefined
   */
  add(job: Job<Call, Output>, isWanted: () => boolean, owner: string): Promise<QueuedResult<Output> | undefined> {
    const { namespace = "" } = parseKey(owner);
    const { key } = job;
    const queued = this.#entries.get(key);
    const entry = queued ?? this.#createEntry(job);
    entry.job = job;
    const { promise, resolve } = Promise.withResolvers<QueuedResult<Output> | undefined>();
    // A draft may be edited a thousand times while its files wait.
    entry.waiters.get(owner)?.resolve(undefined);
    entry.waiters.set(owner, { isWanted, resolve });
    const isNew = !entry.flows.has(namespace);
    entry.flows.add(namespace);
    this.#entries.set(key, entry);
    if (queued === undefined) this.#schedule(entry);
    // Queued for another namespace, whose turn may be late.
    else if (isNew && entry.isDue) this.#addDue(namespace, entry);
    return promise;
  }

  /** Ends the call under way if nobody wants it any more, unless it has just begun and may be done soon. */
  dropUnwanted(): void {
    const { entry, startedAt, interruption } = this.#running ?? {};
    if (entry === undefined || isWanted(entry)) return;
    const left = UNWANTED_MS - (performance.now() - (startedAt ?? 0));
    if (left <= 0) interruption?.abort(new UnwantedError());
    else setTimeout(() => this.dropUnwanted(), left).unref();
  }

  #createEntry(job: Job<Call, Output>): QueueEntry<Call, Output> {
    const more = { failures: 0, isDue: false, sliceMs: FIRST_SLICE_MS, flows: new Set<string>() };
    return { job, ...more, waiters: new Map() };
  }

  #schedule(entry: QueueEntry<Call, Output>): void {
    entry.isDue = true;
    for (const flow of entry.flows) this.#addDue(flow, entry);
    void this.#runAll();
  }

  #addDue(flow: string, entry: QueueEntry<Call, Output>): void {
    this.#due.add(flow, entry);
    const { isOverdue = false, interruption, flow: running } = this.#running ?? {};
    if (isOverdue && flow !== running) interruption?.abort(new InterruptedError());
  }

  async #runAll(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let next = this.#due.take(); next !== undefined; next = this.#due.take()) {
      const { flow, item: entry } = next;
      entry.isDue = false;
      for (const other of entry.flows) this.#due.delete(other, entry);
      const started = performance.now();
      await this.#run(entry, flow);
      this.#due.charge(flow, performance.now() - started);
    }
    this.#isRunning = false;
  }

  async #run(entry: QueueEntry<Call, Output>, flow: string): Promise<void> {
    const { log, failure, failed, pauseMs } = this.#options;
    let result: QueuedResult<Output> | undefined;
    try {
      if (isWanted(entry)) result = { result: await this.#runSlice(entry, flow), isFinal: true };
    } catch (error) {
      if (error instanceof InterruptedError) {
        if (entry.sliceMs < MAX_SLICE_MS) {
          entry.sliceMs *= 2;
          return this.#schedule(entry);
        }
        result = { result: failed("time"), isFinal: false };
      } else if (error instanceof UnwantedError) {
        // Somebody may have asked for it again.
        if (isWanted(entry)) return this.#schedule(entry);
      } else {
        entry.failures += 1;
        const isLast = entry.failures >= MAX_ATTEMPTS;
        log.warn(isLast ? failure : `${failure}: trying again`, { ...entry.job.about, error });
        if (!isLast) return void setTimeout(() => this.#schedule(entry), pauseMs).unref();
        result = { result: failed(undefined), isFinal: false };
      }
    }
    this.#entries.delete(entry.job.key);
    for (const { resolve } of entry.waiters.values()) resolve(result);
  }

  /** Throws `InterruptedError` if it takes longer than its slice while another namespace waits, or `UnwantedError`. */
  async #runSlice(entry: QueueEntry<Call, Output>, flow: string): Promise<Output> {
    const interruption = new AbortController();
    const startedAt = performance.now();
    const running: Running<Call, Output> = { flow, entry, startedAt, interruption, isOverdue: false };
    this.#running = running;
    const timer = setTimeout(() => {
      running.isOverdue = true;
      if (this.#due.hasOthers(flow)) running.interruption.abort(new InterruptedError());
    }, entry.sliceMs).unref();
    try {
      return await this.#attempt(entry.job, running.interruption.signal);
    } finally {
      clearTimeout(timer);
      this.#running = undefined;
    }
  }

  async #attempt({ load }: Job<Call, Output>, signal: AbortSignal): Promise<Output> {
    const loaded = await load();
    if ("output" in loaded) return loaded.output;
    try {
      return await this.#options.worker.call(loaded.call, signal);
    } catch (error) {
      if (!(error instanceof LimitExceededError)) throw error;
      // The call itself is the cause: a retry would fail, too.
      return this.#options.failed(error.limit);
    }
  }
}

function isWanted<Call, Output>({ waiters }: QueueEntry<Call, Output>): boolean {
  return [...waiters.values()].some((one) => one.isWanted());
}
