import sorted from "sorted-btree";

const { default: BTree } = sorted;

/** The time that a flow has used, and its name. */
type Turn = readonly [spent: number, flow: string];

/**
 * Items of flows that share one worker, as in fair queuing: the next item is that of the flow which has used the least
 * time. A flow that was idle starts where the others are, so that it saves no time up. Each operation costs the
 * logarithm of the number of flows.
 */
export class FairQueue<T> {
  /** Flows with items, each in the order of addition. */
  readonly #flows = new Map<string, Set<T>>();
  readonly #spent = new Map<string, number>();
  readonly #order = new BTree<Turn, true>(undefined, compareTurns);
  /** What the flow that was served last had used by then. */
  #now = 0;

  add(flow: string, item: T): void {
    const items = this.#flows.get(flow);
    if (items !== undefined) return void items.add(item);
    const spent = Math.max(this.#spent.get(flow) ?? 0, this.#now);
    this.#flows.set(flow, new Set([item]));
    this.#spent.set(flow, spent);
    this.#order.set([spent, flow], true);
  }

  delete(flow: string, item: T): void {
    const items = this.#flows.get(flow);
    if (!items?.delete(item) || items.size > 0) return;
    this.#flows.delete(flow);
    this.#order.delete([this.#spent.get(flow) ?? 0, flow]);
  }

  /** Removes and returns the next item. */
  take(): { readonly flow: string; readonly item: T } | undefined {
    const [spent = 0, flow = ""] = this.#order.minKey() ?? [];
    for (const item of this.#flows.get(flow) ?? []) {
      this.#now = spent;
      this.delete(flow, item);
      return { flow, item };
    }
    return undefined;
  }

  /** Counts time that a flow has used. What was before counts no more once nobody waits. */
  charge(flow: string, time: number): void {
    if (this.#flows.size === 0) {
      this.#spent.clear();
      this.#now = 0;
      return;
    }
    const before = this.#spent.get(flow) ?? this.#now;
    this.#spent.set(flow, before + time);
    if (!this.#flows.has(flow)) return;
    this.#order.delete([before, flow]);
    this.#order.set([before + time, flow], true);
  }

  /** True if another flow has an item. */
  hasOthers(flow: string): boolean {
    return this.#flows.size > (this.#flows.has(flow) ? 1 : 0);
  }
}

function compareTurns([spentA, flowA]: Turn, [spentB, flowB]: Turn): number {
  if (spentA !== spentB) return spentA - spentB;
  return flowA < flowB ? -1 : Number(flowA > flowB);
}
