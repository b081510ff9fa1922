interface Waiting {
  readonly key: string;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/** Keys that wait, in the order in which they came, one lane for each sharer: one that may not go on holds up no other. */
export class FlowQueues {
  readonly #lanes = new Map<string, Map<string, number>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(sharer: string, { key, since }: Waiting): void {
    const lane = this.#lanes.get(sharer) ?? new Map<string, number>();
    if (!lane.has(key)) this.#size += 1;
    lane.set(key, since);
    this.#lanes.set(sharer, lane);
  }

  /** Since when a key waits; undefined where it does not. */
  since(sharer: string, key: string): number | undefined {
    return this.#lanes.get(sharer)?.get(key);
  }

  delete(sharer: string, key: string): void {
    const lane = this.#lanes.get(sharer);
    if (!lane?.delete(key)) return;
    this.#size -= 1;
    if (lane.size === 0) this.#lanes.delete(sharer);
  }

  /** The key that has waited longest of those whose sharer may go on, taken out. */
  take(hasSeat: (sharer: string) => boolean): Waiting | undefined {
    let first: (Waiting & { readonly sharer: string }) | undefined;
    for (const [sharer, lane] of this.#lanes) {
      const [head] = lane;
      if (head === undefined || (first !== undefined && head[1] >= first.since) || !hasSeat(sharer)) continue;
      first = { sharer, key: head[0], since: head[1] };
    }
    if (first !== undefined) this.delete(first.sharer, first.key);
    return first;
  }

  clear(): void {
    this.#lanes.clear();
    this.#size = 0;
  }
}
