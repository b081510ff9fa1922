import { parseKey } from "../../../api/meta.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { CheckResult, FileCheckCall } from "../../../core/validation/file-check.ts";
import { FairQueue } from "../../../event-loop/fair-queue.ts";
import type { Logger } from "../../../runtime/log.ts";
import { LimitExceededError, type WorkerProcess } from "../../../runtime/worker-process.ts";

/** How long a check runs while another namespace waits; twice as long with each interruption. */
const FIRST_SLICE_MS = 5_000;
/** Attempts at a file whose check fails for reasons that may have nothing to do with the file. */
const MAX_ATTEMPTS = 3;

/**
 * Loads the bytes of a blob when its turn comes, so that queued files take no memory. Undefined: the mirror has no such
 * blob.
 */
export type LoadBlob = (oid: Oid) => Promise<Uint8Array | undefined>;

/** One check of one blob. */
export interface CheckJob {
  /** The name of the check. */
  readonly check: string;
  readonly oid: Oid;
}

export interface QueuedResult {
  readonly result: CheckResult;
  /** False where the check failed for a reason that may pass: the result must not be cached. */
  readonly isFinal: boolean;
}

export interface CheckQueueOptions {
  /** Runs a check outside the event loop; may throw `LimitExceededError`. */
  readonly worker: Pick<WorkerProcess<FileCheckCall, CheckResult>, "call">;
  readonly log: Logger;
  /** The pause between two attempts at a file. Other files are checked meanwhile. */
  readonly pauseMs: number;
}

/** A check that took long while another namespace waited. It is started again. */
class InterruptedError extends Error {}

/** The check under way. */
interface Running {
  readonly flow: string;
  readonly interruption: AbortController;
  /** Its slice is over. */
  isOverdue: boolean;
}

interface QueueEntry {
  readonly job: CheckJob;
  /** The newest loader: the mirror behind an older one may be closed. */
  load: LoadBlob;
  failures: number;
  /** False while it is checked, or pauses after a failure. */
  isDue: boolean;
  sliceMs: number;
  /** The namespaces of those that want it. */
  readonly flows: Set<string>;
  /** By their owners. */
  readonly waiters: Map<string, Waiter>;
}

interface Waiter {
  readonly isWanted: () => boolean;
  readonly resolve: (result: QueuedResult | undefined) => void;
}

/** A key that is equal for equal jobs only. */
export function jobKey({ check, oid }: CheckJob): string {
  return `${oid} ${check}`;
}

/**
 * Runs checks in a worker process, one after another. Each job gets a result in the end. Namespaces share the time: the
 * files of one, each of which may take up to the worker's limit, delay those of another by one slice.
 */
export class CheckQueue {
  readonly #options: CheckQueueOptions;
  readonly #entries = new Map<string, QueueEntry>();
  readonly #due = new FairQueue<QueueEntry>();
  #isRunning = false;
  #running: Running | undefined;

  constructor(options: CheckQueueOptions) {
    this.#options = options;
  }

  /**
   * Never rejects. Resolves to undefined if no caller wants the result any more when the turn of the job comes.
   * @param owner `namespace/name` of who waits, on the namespace's time: of one owner only the last call waits, and
   * those before get undefined
   */
  add(job: CheckJob, load: LoadBlob, isWanted: () => boolean, owner: string): Promise<QueuedResult | undefined> {
    const { namespace = "" } = parseKey(owner);
    const key = jobKey(job);
    const queued = this.#entries.get(key);
    const entry = queued ?? this.#createEntry(job, load);
    entry.load = load;
    const { promise, resolve } = Promise.withResolvers<QueuedResult | undefined>();
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

  #createEntry(job: CheckJob, load: LoadBlob): QueueEntry {
    const more = { failures: 0, isDue: false, sliceMs: FIRST_SLICE_MS, flows: new Set<string>() };
    return { job, load, ...more, waiters: new Map() };
  }

  #schedule(entry: QueueEntry): void {
    entry.isDue = true;
    for (const flow of entry.flows) this.#addDue(flow, entry);
    void this.#runAll();
  }

  #addDue(flow: string, entry: QueueEntry): void {
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

  async #run(entry: QueueEntry, flow: string): Promise<void> {
    let result: QueuedResult | undefined;
    try {
      if ([...entry.waiters.values()].some(({ isWanted }) => isWanted()))
        result = { result: await this.#runSlice(entry, flow), isFinal: true };
    } catch (error) {
      if (error instanceof InterruptedError) {
        entry.sliceMs *= 2;
        return this.#schedule(entry);
      }
      entry.failures += 1;
      const isLast = entry.failures >= MAX_ATTEMPTS;
      const message = isLast ? "a file could not be checked" : "a file could not be checked: trying again";
      this.#options.log.warn(message, { ...entry.job, error });
      if (!isLast) return void setTimeout(() => this.#schedule(entry), this.#options.pauseMs).unref();
      result = { result: notChecked("reading it failed"), isFinal: false };
    }
    this.#entries.delete(jobKey(entry.job));
    for (const { resolve } of entry.waiters.values()) resolve(result);
  }

  /** Throws `InterruptedError` if it takes longer than its slice while another namespace waits. */
  async #runSlice(entry: QueueEntry, flow: string): Promise<CheckResult> {
    const running: Running = { flow, interruption: new AbortController(), isOverdue: false };
    this.#running = running;
    const timer = setTimeout(() => {
      running.isOverdue = true;
      if (this.#due.hasOthers(flow)) running.interruption.abort(new InterruptedError());
    }, entry.sliceMs).unref();
    try {
      return await this.#attempt(entry, running.interruption.signal);
    } finally {
      clearTimeout(timer);
      this.#running = undefined;
    }
  }

  async #attempt({ job: { check, oid }, load }: QueueEntry, signal: AbortSignal): Promise<CheckResult> {
    const bytes = await load(oid);
    if (bytes === undefined) throw new Error("the mirror no longer has the blob");
    try {
      // A copy: the bytes from Git are a view of a larger buffer, all of which would be sent.
      return await this.#options.worker.call({ check, bytes: new Uint8Array(bytes) }, signal);
    } catch (error) {
      if (!(error instanceof LimitExceededError)) throw error;
      // The file itself is the cause: a retry would fail, too.
      return notChecked(`reading it takes too much ${error.limit}`);
    }
  }
}

function notChecked(cause: string): CheckResult {
  return { problems: [{ line: 1, column: 1, message: `${cause}: it was not checked` }], count: 1 };
}
