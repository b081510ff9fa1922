/** The longest delay of a batch, in milliseconds. */
const MAX_DELAY_MS = 100;
/** Callers whose requests shared a push come back within this time, if they come together again. */
const RETURN_MS = 500;

/**
 * When the next batch starts. Callers whose requests shared a push often come back together: after a push of several
 * requests the first that waits then waits for as many, but no longer than the last push took. Each push costs two git
 * processes here and more on the remote, whatever its size. (PostgreSQL: `commit_delay`, `commit_siblings`.)
 */
export class BatchDelay {
  #requests = 0;
  #before = 0;
  #tookMs = 0;
  #endedAt = 0;

  /**
   * Records a batch that is over.
   * @param startedAt monotonic milliseconds, as all times here
   */
  record(requests: number, startedAt: number, endedAt: number): void {
    this.#before = startedAt - this.#endedAt < RETURN_MS ? this.#requests : 0;
    this.#requests = requests;
    this.#tookMs = endedAt - startedAt;
    this.#endedAt = endedAt;
  }

  /**
   * Milliseconds until a batch of the requests that wait may start, if no more come; 0: now.
   * @param arrivedAt the time when the first of them came
   */
  remaining(waiting: number, arrivedAt: number, now: number): number {
    const isComplete = this.#requests < 2 || waiting >= this.#requests + this.#before;
    if (isComplete || arrivedAt > this.#endedAt + RETURN_MS) return 0;
    const since = Math.max(arrivedAt, this.#endedAt);
    return Math.max(since + Math.min(this.#tookMs, MAX_DELAY_MS) - now, 0);
  }
}
