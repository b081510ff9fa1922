import { it as base, describe, expect } from "vitest";
import { FlowQueues, type Seats, UNLIMITED_SEATS } from "./flow-queues.ts";

const it = base.extend("queues", () => new FlowQueues<string, number>());
const only = (...flows: readonly string[]): Seats => ({ isFull: false, hasSeat: (flow) => flows.includes(flow) });

/** The keys in the order in which they are taken. */
function drain(queues: FlowQueues<string, number>, seats = UNLIMITED_SEATS): readonly string[] {
  const keys: string[] = [];
  for (let next = queues.takeNext(seats); next !== undefined; next = queues.takeNext(seats)) keys.push(next.key);
  return keys;
}

describe("FlowQueues", () => {
  it("gives each flow with a seat its turn, and takes its first key", ({ queues }) => {
    for (const key of ["a1", "a2", "a3", "b1", "c1", "b2"]) queues.add(key.slice(0, 1), key, 1);
    expect(queues.takeNext(only("b"))).toEqual({ flow: "b", key: "b1", value: 1 });
    expect(drain(queues)).toEqual(["a1", "c1", "b2", "a2", "a3"]);
  });

  it("gives the parts of a flow turns within those of the whole", ({ queues }) => {
    for (const key of ["a/x1", "a/x2", "a/y1", "a/y2", "b1"]) queues.add(key.slice(0, -1), key, 1);
    expect(drain(queues)).toEqual(["a/x1", "b1", "a/y1", "a/x2", "a/y2"]);
  });

  it("takes nothing of a flow without a seat, or of its parts", ({ queues }) => {
    queues.add("a/x", "1", 1);
    expect([drain(queues, only("a")), drain(queues, only("a/x"))]).toEqual([[], []]);
    expect(queues.takeNext(only("a", "a/x"))?.key).toBe("1");
  });

  it("asks for the seat of no flow when there is none", ({ queues }) => {
    queues.add("a", "1", 1);
    queues.takeNext({ isFull: true, hasSeat: () => expect.fail("nothing is asked") });
    expect(queues.size).toBe(1);
  });

  it("keeps the place of a key that is added again", ({ queues }) => {
    for (const [key, value] of [
      ["x", 1],
      ["y", 2],
      ["x", 3],
    ] as const)
      queues.add("a", key, value);
    expect([queues.size, queues.get("a", "x"), queues.get("b", "x")]).toEqual([2, 3, undefined]);
    expect(drain(queues)).toEqual(["x", "y"]);
  });

  it("deletes a key from its own flow alone", ({ queues }) => {
    queues.add("a", "x", 1);
    queues.delete("b", "x");
    queues.delete("a", "y");
    queues.delete("a/b", "x");
    expect(queues.size).toBe(1);
    queues.delete("a", "x");
    queues.delete("a", "x");
    expect([queues.size, queues.get("a", "x"), queues.takeNext(UNLIMITED_SEATS)]).toEqual([0, undefined, undefined]);
  });

  it("asks for a seat only for flows with a queued key", ({ queues }) => {
    queues.add("a", "x", 1);
    queues.takeNext(UNLIMITED_SEATS);
    queues.add("b/c", "y", 2);
    queues.delete("b/c", "y");
    queues.takeNext({ isFull: false, hasSeat: () => expect.fail("no flow has a key") });
  });

  it("is empty after it was cleared", ({ queues }) => {
    queues.add("a", "x", 1);
    queues.clear();
    expect([queues.size, queues.get("a", "x"), queues.takeNext(UNLIMITED_SEATS)]).toEqual([0, undefined, undefined]);
  });
});
