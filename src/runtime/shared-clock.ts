/** Milliseconds of the monotonic clock that all threads of the process share; `performance.now` has one for each. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** Points in time by `monotonicMs`, in memory that several threads share: read and written without a message. */
export class SharedTimes {
  readonly buffer: SharedArrayBuffer;
  readonly #microseconds: BigInt64Array;

  /** @param buffer of a `SharedTimes` of another thread; a new one for `count` times if left out */
  constructor(count: number, buffer = new SharedArrayBuffer(count * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#microseconds = new BigInt64Array(buffer);
  }

  /** Undefined until it is set. */
  get(index: number): number | undefined {
    const value = Atomics.load(this.#microseconds, index);
    return value === 0n ? undefined : Number(value) / 1000;
  }

  set(index: number, ms: number | undefined): void {
    Atomics.store(this.#microseconds, index, ms === undefined ? 0n : BigInt(Math.max(1, Math.round(ms * 1000))));
  }
}
