/** The longest delay of a batch, in milliseconds. */
const MAX_DELAY_MS = 100;
/** Callers whose requests shared a push come back within this time, if they come together again. */
const RETURN_MS = 500;

/** A batch that is over. Times are monotonic milliseconds. */
interface Batch {
  readonly requests: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

const NONE: Batch = { requests: 0, startedAt: 0, endedAt: 0 };

/**
 * When the next batch starts. Callers whose requests shared a push often come back together, in one group or in two
 * that take turns: after a push of several requests the first that waits then waits for all of them, but no longer than
 * that push took. Each push costs two git processes here and more on the remote, whatever its size. (PostgreSQL:
 * `commit_delay` and `commit_siblings`.)
 */
export class BatchDelay {
  #last = NONE;
  /** The requests of the batch before, if the last one followed it closely. */
  #before = 0;

  record(batch: Batch): void {
    this.#before = batch.startedAt <= this.#last.endedAt + RETURN_MS ? this.#last.requests : 0;
    this.#last = batch;
  }

  /**
   * Milliseconds until a batch of the requests that wait may start, if no more come; 0: now.
   * @param arrivedAt the time when the first of them came
   */
  remaining(waiting: number, arrivedAt: number, now: number): number {
    const { requests, startedAt, endedAt } = this.#last;
    const isComplete = requests < 2 || waiting >= requests + this.#before;
    // A request that was there when the last push began has waited long enough: it could not share that one.
    if (isComplete || arrivedAt < startedAt || arrivedAt > endedAt + RETURN_MS) return 0;
    const since = Math.max(arrivedAt, endedAt);
    return Math.max(since + Math.min(endedAt - startedAt, MAX_DELAY_MS) - now, 0);
  }
}
