import { FlowQueues, type Seats } from "./flow-queues.ts";

/** The total of all flows. It is no flow: the keys of flows end in a slash here. */
const TOTAL = "";

/**
 * A number of seats. A `shared` semaphore gives one flow at most half of the seats that the other flows leave, rounded
 * up, so that a flow whose work takes long always leaves a seat for the next flow. A flow may have parts, which divide
 * its seats by the same rule: `a/x` and `a/y` are parts of `a`.
 */
export class FairSemaphore implements Seats {
  readonly #seats: number;
  readonly #shared: boolean;
  /** Seats in use, by flow, part of a flow, and in total. */
  readonly #inUse = new Map<string, number>();
  readonly #waiters = new FlowQueues<() => void, true>();

  constructor(seats: number, options: { readonly shared: boolean }) {
    this.#seats = seats;
    this.#shared = options.shared;
  }

  get isFull(): boolean {
    return this.#inUseBy(TOTAL) >= this.#seats;
  }

  hasSeat(flow: string): boolean {
    let limit = this.#seats;
    let total = this.#inUseBy(TOTAL);
    if (!this.#shared) return total < limit;
    for (const part of partsOf(flow)) {
      const own = this.#inUseBy(part);
      limit = Math.ceil((limit - (total - own)) / 2);
      if (own >= limit) return false;
      total = own;
    }
    return true;
  }

  /**
   * Takes a seat: at once, then the result is undefined, or when the returned promise resolves. Flows with waiters take
   * turns; the waiters of one are seated in their order.
   */
  acquire(flow: string): Promise<void> | undefined {
    if (!this.hasSeat(flow)) return new Promise((admit) => this.#waiters.add(flow, admit, true));
    this.#count(flow, 1);
    return undefined;
  }

  /** Returns a seat and seats as many waiters as possible. */
  release(flow: string): void {
    this.#count(flow, -1);
    for (let next = this.#waiters.takeNext(this); next !== undefined; next = this.#waiters.takeNext(this)) {
      this.#count(next.flow, 1);
      next.key();
    }
  }

  #inUseBy(part: string): number {
    return this.#inUse.get(part) ?? 0;
  }

  #count(flow: string, change: 1 | -1): void {
    for (const part of [TOTAL, ...partsOf(flow)]) {
      const seats = this.#inUseBy(part) + change;
      if (seats === 0) this.#inUse.delete(part);
      else this.#inUse.set(part, seats);
    }
  }
}

/** `a/x` → `a/`, `a/x/`: the whole flow first. */
function partsOf(flow: string): readonly string[] {
  const names = flow.split("/");
  return names.map((_, index) => `${names.slice(0, index + 1).join("/")}/`);
}
