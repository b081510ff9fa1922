/** The total of all flows. It is no flow: the keys of flows end in a slash here. */
const TOTAL = "";

interface Waiter {
  /** Its place among the waiters of all flows. */
  readonly place: number;
  readonly admit: () => void;
}

/**
 * A number of seats: the right to occupy one worker, as in API Priority and Fairness. A `shared` semaphore gives one
 * flow at most half of the seats that the other flows leave, rounded up, so that a flow whose work takes long always
 * leaves a seat for the next flow. A flow may have parts, which divide its seats by the same rule: `a/x` and `a/y` are
 * parts of `a`.
 */
export class FairSemaphore {
  readonly #seats: number;
  readonly #shared: boolean;
  /** Seats in use, by flow, part of a flow, and in total. */
  readonly #inUse = new Map<string, number>();
  /** By flow, the first first; no flow without a waiter. */
  readonly #waiters = new Map<string, Waiter[]>();
  #places = 0;

  constructor(seats: number, options: { readonly shared: boolean }) {
    this.#seats = seats;
    this.#shared = options.shared;
  }

  /** True if one more request of this flow could be seated now. */
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
   * Takes a seat: at once, then the result is undefined, or when the returned promise resolves. Waiters are seated in
   * the order of their requests; one whose flow has no seat does not block those behind it.
   */
  acquire(flow: string): Promise<void> | undefined {
    if (this.hasSeat(flow)) {
      this.#count(flow, 1);
      return undefined;
    }
    const waiters = this.#waiters.get(flow) ?? [];
    this.#waiters.set(flow, waiters);
    return new Promise((admit) => waiters.push({ place: this.#places++, admit }));
  }

  /** Returns a seat and seats as many waiters as possible. Costs one step for each flow that waits. */
  release(flow: string): void {
    this.#count(flow, -1);
    for (let next = this.#nextFlow(); next !== undefined; next = this.#nextFlow()) this.#admitFirst(next);
  }

  /** The flow, with a seat, of the waiter that came first. */
  #nextFlow(): string | undefined {
    let [first, place]: [string | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
    for (const [flow, [waiter]] of this.#waiters) {
      if (waiter === undefined || waiter.place > place || !this.hasSeat(flow)) continue;
      [first, place] = [flow, waiter.place];
    }
    return first;
  }

  #admitFirst(flow: string): void {
    const waiters = this.#waiters.get(flow) ?? [];
    const waiter = waiters.shift();
    if (waiters.length === 0) this.#waiters.delete(flow);
    this.#count(flow, 1);
    waiter?.admit();
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
