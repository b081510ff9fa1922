/** The right to occupy one worker, as in API Priority and Fairness. */
export interface Seats {
  /** True if no flow has a seat. */
  readonly isFull: boolean;
  /** True if one more item of this flow could be seated now. */
  readonly hasSeat: (flow: string) => boolean;
}

/** One that every flow always has. */
export const UNLIMITED_SEATS: Seats = { isFull: false, hasSeat: () => true };

export interface QueuedItem<K, V> {
  readonly flow: string;
  readonly key: K;
  readonly value: V;
}

/**
 * One FIFO queue for each flow. Flows take turns, and so do the parts of a flow (`a/x` and `a/y` of `a`): one with
 * many items delays those of another by one item at most, and one without a seat blocks no other.
 */
export class FlowQueues<K, V> {
  /** Flow → its part, or itself → key → value. Each level in the order of turns. */
  readonly #flows = new Map<string, Map<string, Map<K, V>>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds an item, or replaces its value. */
  add(flow: string, key: K, value: V): void {
    const whole = wholeOf(flow);
    const parts = this.#flows.get(whole) ?? new Map<string, Map<K, V>>();
    this.#flows.set(whole, parts);
    const queue = parts.get(flow) ?? new Map<K, V>();
    parts.set(flow, queue);
    if (!queue.has(key)) this.#size += 1;
    queue.set(key, value);
  }

  /** Undefined if the key is not queued. */
  get(flow: string, key: K): V | undefined {
    return this.#flows.get(wholeOf(flow))?.get(flow)?.get(key);
  }

  delete(flow: string, key: K): void {
    const parts = this.#flows.get(wholeOf(flow));
    const queue = parts?.get(flow);
    if (parts === undefined || !queue?.delete(key)) return;
    this.#size -= 1;
    if (queue.size === 0) parts.delete(flow);
    if (parts.size === 0) this.#flows.delete(wholeOf(flow));
  }

  /**
   * Removes and returns the first item of the flow whose turn it is, of those that have a seat. Costs a step for each
   * flow before it, which are those that have seats already.
   */
  takeNext(seats: Seats): QueuedItem<K, V> | undefined {
    if (seats.isFull) return undefined;
    for (const [whole, parts] of this.#flows) {
      if (!seats.hasSeat(whole)) continue;
      const next = firstOf(parts, seats);
      if (next === undefined) continue;
      moveToEnd(this.#flows, whole);
      moveToEnd(parts, next.flow);
      this.delete(next.flow, next.key);
      return next;
    }
    return undefined;
  }

  clear(): void {
    this.#flows.clear();
    this.#size = 0;
  }
}

function firstOf<K, V>(parts: ReadonlyMap<string, ReadonlyMap<K, V>>, seats: Seats): QueuedItem<K, V> | undefined {
  for (const [flow, queue] of parts) {
    if (!seats.hasSeat(flow)) continue;
    for (const [key, value] of queue) return { flow, key, value };
  }
  return undefined;
}

function moveToEnd<V>(map: Map<string, V>, key: string): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(key, value);
}

/** `a/x` → `a`. */
function wholeOf(flow: string): string {
  const slash = flow.indexOf("/");
  return slash === -1 ? flow : flow.slice(0, slash);
}
