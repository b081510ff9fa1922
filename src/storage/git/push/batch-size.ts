/** Requests in one push; also the number that PushQueue takes at once. */
export const MAX_BATCH = 100;

/**
 * How many requests share a push. Planning and writing a small batch takes less time, so that it wins more races
 * against external pushers. Without this, a client that pushes continuously would win every race against a large batch.
 */
export class BatchSize {
  #size = MAX_BATCH;

  get current(): number {
    return this.#size;
  }

  recordPushed(): void {
    this.#size = Math.min(2 * this.#size, MAX_BATCH);
  }

  /** `count`: requests of the batch that lost the race. */
  recordRaceLost(count: number): void {
    this.#size = Math.ceil(count / 2);
  }
}
