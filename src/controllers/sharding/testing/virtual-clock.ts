import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../../kube/clock.ts";

/** A clock that stands still until a test advances it. */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  readonly now = () => this.#now;
  readonly date = () => new Date(this.#now);

  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted === true) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const sleeper = { at: this.#now + ms, wake: resolve };
    this.#sleepers.add(sleeper);
    signal?.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    this.#sleepers.delete(sleeper);
  };

  /** Advances at once, without waking anything: as a request that takes long. */
  skip(ms: number): void {
    this.#now += ms;
  }

  /** Advances in steps of at most 100 ms, and lets everything that is due run after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await setImmediate();
    while (this.#now < end) {
      this.#now = Math.min(end, this.#now + 100);
      for (const { at, wake } of this.#sleepers) if (at <= this.#now) wake();
      await setImmediate();
    }
  }
}
