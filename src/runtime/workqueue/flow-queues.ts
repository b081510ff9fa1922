export interface QueuedKey {
  readonly key: string;
  /** When it was added, in monotonic milliseconds. */
  readonly since: number;
}

/** One FIFO queue of keys for each flow, so that a flow without a seat does not block the others. */
export class FlowQueues {
  /** Flow → key → since. */
  readonly #queues = new Map<string, Map<string, number>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(flow: string, { key, since }: QueuedKey): void {
    const queue = this.#queues.get(flow) ?? new Map<string, number>();
    if (!queue.has(key)) this.#size += 1;
    queue.set(key, since);
    this.#queues.set(flow, queue);
  }

  /** When a key was added; undefined if it is not queued. */
  since(flow: string, key: string): number | undefined {
    return this.#queues.get(flow)?.get(key);
  }

  delete(flow: string, key: string): void {
    const queue = this.#queues.get(flow);
    if (!queue?.delete(key)) return;
    this.#size -= 1;
    if (queue.size === 0) this.#queues.delete(flow);
  }

  /** Removes and returns the oldest key among the flows that have a seat. Costs one step for each flow. */
  takeOldest(hasSeat: (flow: string) => boolean): QueuedKey | undefined {
    let oldest: (QueuedKey & { readonly flow: string }) | undefined;
    for (const [flow, queue] of this.#queues) {
      const [head] = queue;
      if (head === undefined || (oldest !== undefined && head[1] >= oldest.since) || !hasSeat(flow)) continue;
      oldest = { flow, key: head[0], since: head[1] };
    }
    if (oldest !== undefined) this.delete(oldest.flow, oldest.key);
    return oldest;
  }

  clear(): void {
    this.#queues.clear();
    this.#size = 0;
  }
}
