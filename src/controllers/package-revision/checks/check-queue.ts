import type { Oid } from "../../../core/identity/oid.ts";
import type { CheckResult, FileCheckCall } from "../../../core/validation/file-check.ts";
import type { Logger } from "../../../runtime/log.ts";
import { LimitExceededError, type WorkerProcess } from "../../../runtime/worker-process.ts";

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

interface QueueEntry {
  readonly job: CheckJob;
  /** The newest loader: the mirror behind an older one may be closed. */
  load: LoadBlob;
  failures: number;
  readonly isWanted: (() => boolean)[];
  readonly done: PromiseWithResolvers<QueuedResult | undefined>;
}

/** A key that is equal for equal jobs only. */
export function jobKey({ check, oid }: CheckJob): string {
  return `${oid} ${check}`;
}

/** Runs checks in a worker process, one after another. Each job gets a result in the end. */
export class CheckQueue {
  readonly #options: CheckQueueOptions;
  readonly #entries = new Map<string, QueueEntry>();
  /** The entries that are due; the others pause after a failure. */
  readonly #due = new Set<QueueEntry>();
  #isRunning = false;

  constructor(options: CheckQueueOptions) {
    this.#options = options;
  }

  /** Never rejects. Resolves to undefined if no caller wants the result any more when the turn of the job comes. */
  add(job: CheckJob, load: LoadBlob, isWanted: () => boolean): Promise<QueuedResult | undefined> {
    const key = jobKey(job);
    const queued = this.#entries.get(key);
    const entry = queued ?? { job, load, failures: 0, isWanted: [], done: Promise.withResolvers() };
    entry.load = load;
    entry.isWanted.push(isWanted);
    if (queued === undefined) {
      this.#entries.set(key, entry);
      this.#schedule(entry);
    }
    return entry.done.promise;
  }

  #schedule(entry: QueueEntry): void {
    this.#due.add(entry);
    void this.#runAll();
  }

  async #runAll(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (const entry of this.#due) {
      this.#due.delete(entry);
      await this.#run(entry);
    }
    this.#isRunning = false;
  }

  async #run(entry: QueueEntry): Promise<void> {
    let result: QueuedResult | undefined;
    try {
      if (entry.isWanted.some((isWanted) => isWanted())) result = { result: await this.#attempt(entry), isFinal: true };
    } catch (error) {
      entry.failures += 1;
      const isLast = entry.failures >= MAX_ATTEMPTS;
      const message = isLast ? "a file could not be checked" : "a file could not be checked: trying again";
      this.#options.log.warn(message, { ...entry.job, error });
      if (!isLast) return void setTimeout(() => this.#schedule(entry), this.#options.pauseMs).unref();
      result = { result: notChecked("reading it failed"), isFinal: false };
    }
    this.#entries.delete(jobKey(entry.job));
    entry.done.resolve(result);
  }

  async #attempt({ job: { check, oid }, load }: QueueEntry): Promise<CheckResult> {
    const bytes = await load(oid);
    if (bytes === undefined) throw new Error("the mirror no longer has the blob");
    try {
      // A copy: the bytes from Git are a view of a larger buffer, all of which would be sent.
      return await this.#options.worker.call({ check, bytes: new Uint8Array(bytes) });
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
