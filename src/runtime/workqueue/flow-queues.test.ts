import { it as base, describe, expect } from "vitest";
import { FlowQueues } from "./flow-queues.ts";

const it = base.extend("queues", () => new FlowQueues());
const all = () => true;

describe("FlowQueues", () => {
  it("takes the oldest key of the flows that have a seat", ({ queues }) => {
    queues.add("a", { key: "a1", since: 1 });
    queues.add("b", { key: "b1", since: 2 });
    queues.add("a", { key: "a2", since: 3 });
    expect(queues.takeOldest((flow) => flow === "b")).toMatchObject({ key: "b1", since: 2 });
    expect(queues.takeOldest((flow) => flow === "b")).toBeUndefined();
    expect([queues.takeOldest(all)?.key, queues.takeOldest(all)?.key, queues.takeOldest(all)]).toEqual([
      "a1",
      "a2",
      undefined,
    ]);
  });

  it("takes the first flow's key when two were added at the same time", ({ queues }) => {
    queues.add("a", { key: "a1", since: 1 });
    queues.add("b", { key: "b1", since: 1 });
    expect(queues.takeOldest(all)?.key).toBe("a1");
  });

  it("counts each key once", ({ queues }) => {
    queues.add("a", { key: "x", since: 1 });
    queues.add("a", { key: "x", since: 2 });
    queues.add("b", { key: "y", since: 3 });
    expect([queues.size, queues.since("a", "x"), queues.since("b", "x")]).toEqual([2, 2, undefined]);
    queues.delete("b", "x");
    queues.delete("c", "x");
    expect(queues.size).toBe(2);
    queues.delete("a", "x");
    expect([queues.size, queues.since("a", "x")]).toEqual([1, undefined]);
  });

  it("asks for a seat only for flows with a queued key", ({ queues }) => {
    queues.add("a", { key: "x", since: 1 });
    queues.takeOldest(all);
    queues.add("b", { key: "y", since: 2 });
    queues.delete("b", "y");
    queues.takeOldest(() => expect.fail("no flow has a key"));
  });

  it("is empty after it was cleared", ({ queues }) => {
    queues.add("a", { key: "x", since: 1 });
    queues.clear();
    expect([queues.size, queues.since("a", "x"), queues.takeOldest(all)]).toEqual([0, undefined, undefined]);
  });
});
