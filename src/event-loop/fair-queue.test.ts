import fc from "fast-check";
import { it as base, describe, expect } from "vitest";
import { FairQueue } from "./fair-queue.ts";

const it = base.extend("queue", () => new FairQueue<string>());

/** Takes all items, each of which uses this time; returns them in their order. */
function drain(queue: FairQueue<string>, timeOf: (item: string) => number): readonly string[] {
  const items: string[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) {
    items.push(next.item);
    queue.charge(next.flow, timeOf(next.item));
  }
  return items;
}

describe("FairQueue", () => {
  it("serves the flow that has used the least time", ({ queue }) => {
    for (const item of ["a1", "a2", "b1", "b2", "b3"]) queue.add(item.slice(0, 1), item);
    expect(drain(queue, (item) => (item.startsWith("a") ? 10 : 4))).toEqual(["a1", "b1", "b2", "b3", "a2"]);
  });

  it("keeps the order within a flow, and an item that is added twice once", ({ queue }) => {
    for (const item of ["x", "y", "x"]) queue.add("a", item);
    expect(drain(queue, () => 1)).toEqual(["x", "y"]);
  });

  it("lets a flow that was idle save up no time", ({ queue }) => {
    for (const item of ["a1", "a2", "a3"]) queue.add("a", item);
    queue.charge("a", 0);
    for (let times = 0; times < 2; times++) queue.charge(queue.take()?.flow ?? "", 100);
    queue.add("b", "b1");
    queue.add("b", "b2");
    // At most as much as the one that is served has used.
    expect(drain(queue, () => 60)).toEqual(["b1", "b2", "a3"]);
  });

  it("forgets what was used once nobody waits", ({ queue }) => {
    queue.add("a", "a1");
    expect(drain(queue, () => 100)).toEqual(["a1"]);
    queue.add("a", "a2");
    queue.add("b", "b1");
    expect(drain(queue, () => 1)).toEqual(["a2", "b1"]);
  });

  it("deletes an item of one flow", ({ queue }) => {
    queue.add("a", "x");
    queue.add("b", "x");
    queue.delete("a", "x");
    queue.delete("a", "y");
    queue.delete("c", "x");
    expect([queue.hasOthers("a"), queue.hasOthers("b")]).toEqual([true, false]);
    expect([queue.take(), queue.take()]).toEqual([{ flow: "b", item: "x" }, undefined]);
  });

  it("gives each of the flows that wait all the time nearly the same time", () => {
    const times = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(times, (timeOf) => {
        const queue = new FairQueue<number>();
        const used = timeOf.map(() => 0);
        for (const [flow] of timeOf.entries()) for (let at = 0; at < 200; at++) queue.add(`${flow}`, at);
        for (let served = 0; served < 100; served++) {
          const flow = Number(queue.take()?.flow);
          used[flow] = (used[flow] ?? 0) + (timeOf[flow] ?? 0);
          queue.charge(`${flow}`, timeOf[flow] ?? 0);
        }
        expect(Math.max(...used) - Math.min(...used)).toBeLessThanOrEqual(Math.max(...timeOf));
      }),
    );
  });
});
