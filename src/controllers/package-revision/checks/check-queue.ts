import type { Oid } from "../../../core/identity/oid.ts";
import type { CheckResult } from "../../../core/validation/check-yaml.ts";
import type { Logger } from "../../../runtime/log.ts";
import { LimitExceededError, type WorkerProcess } from "../../../runtime/worker-process.ts";

/** How often a file is read that could not be, for reasons that may be none of its own. */
const ATTEMPTS = 3;

/** Where a blob's bytes are when its turn comes: what waits is not held in memory. */
export type Load = (oid: Oid) => Promise<Uint8Array | undefined>;

export interface Reading {
  readonly verdict: CheckResult;
  /** False where reading failed for a reason that says nothing of the file: another time it may be read. */
  readonly lasts: boolean;
}

export interface CheckQueueOptions {
  /** Reads a file without holding up the event loop; may give up (`LimitExceededError`). */
  readonly child: Pick<WorkerProcess<Uint8Array, CheckResult>, "call">;
  readonly log: Logger;
  /** Between two attempts at a file; others are read meanwhile. */
  readonly pauseMs: number;
}

interface Waiting {
  /** The newest one: the mirror of an older one may be gone. */
  load: Load;
  failures: number;
  readonly isWanted: (() => boolean)[];
  readonly done: PromiseWithResolvers<Reading | undefined>;
}

/** Reads files in a process beside this one, one after the other. Every file that was asked for has an answer in the end. */
export class CheckQueue {
  readonly #options: CheckQueueOptions;
  readonly #waiting = new Map<Oid, Waiting>();
  /** Those whose turn it is; the others of `#waiting` pause. */
  readonly #turns = new Set<Oid>();
  #isReading = false;

  constructor(options: CheckQueueOptions) {
    this.#options = options;
  }

  /** Never rejects; undefined where nobody wants the file any more when its turn comes. */
  read(oid: Oid, load: Load, isWanted: () => boolean): Promise<Reading | undefined> {
    const known = this.#waiting.get(oid);
    const waiting = known ?? { load, failures: 0, isWanted: [], done: Promise.withResolvers() };
    waiting.load = load;
    waiting.isWanted.push(isWanted);
    if (known === undefined) {
      this.#waiting.set(oid, waiting);
      this.#takeTurn(oid);
    }
    return waiting.done.promise;
  }

  #takeTurn(oid: Oid): void {
    this.#turns.add(oid);
    void this.#readAll();
  }

  async #readAll(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    for (const oid of this.#turns) {
      this.#turns.delete(oid);
      const waiting = this.#waiting.get(oid);
      if (waiting !== undefined) await this.#readOne(oid, waiting);
    }
    this.#isReading = false;
  }

  async #readOne(oid: Oid, waiting: Waiting): Promise<void> {
    let reading: Reading | undefined;
    try {
      if (waiting.isWanted.some((one) => one()))
        reading = { verdict: await this.#attempt(oid, waiting.load), lasts: true };
    } catch (error) {
      waiting.failures += 1;
      const isLast = waiting.failures >= ATTEMPTS;
      const message = isLast ? "a file could not be checked" : "a file could not be checked and is tried again";
      this.#options.log.warn(message, { oid, error });
      if (!isLast) return void setTimeout(() => this.#takeTurn(oid), this.#options.pauseMs).unref();
      reading = { verdict: notChecked("reading it failed"), lasts: false };
    }
    this.#waiting.delete(oid);
    waiting.done.resolve(reading);
  }

  async #attempt(oid: Oid, load: Load): Promise<CheckResult> {
    const bytes = await load(oid);
    if (bytes === undefined) throw new Error("it is not in the mirror any more");
    try {
      // A copy: what Git answered is a piece of something larger, all of which would be handed over.
      return await this.#options.child.call(new Uint8Array(bytes));
    } catch (error) {
      if (!(error instanceof LimitExceededError)) throw error;
      // The file's own fault: it is not tried for ever.
      return notChecked(`reading it takes too much ${error.limit}`);
    }
  }
}

function notChecked(why: string): CheckResult {
  return { problems: [{ line: 1, column: 1, message: `${why}: it was not checked` }], count: 1 };
}
