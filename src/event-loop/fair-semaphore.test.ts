import { describe, expect, it } from "vitest";
import { FairSemaphore } from "./fair-semaphore.ts";

/** Acquires seats until the flow has none left; returns how many. */
function acquireAll(semaphore: FairSemaphore, flow: string): number {
  let count = 0;
  for (; semaphore.hasSeat(flow); count++) expect(semaphore.acquire(flow)).toBeUndefined();
  return count;
}

/** Requests a seat for each flow; returns the positions of the requests that were seated, in the order of seating. */
function request(semaphore: FairSemaphore, flows: readonly string[]): readonly number[] {
  const seated: number[] = [];
  for (const [index, flow] of flows.entries()) {
    const waiting = semaphore.acquire(flow);
    if (waiting === undefined) seated.push(index);
    else void waiting.then(() => seated.push(index));
  }
  return seated;
}

describe("FairSemaphore", () => {
  it("gives all seats to one flow if it is not shared", () => {
    const semaphore = new FairSemaphore(4, { shared: false });
    expect([acquireAll(semaphore, "a"), acquireAll(semaphore, "b")]).toEqual([4, 0]);
    semaphore.release("a");
    expect(acquireAll(semaphore, "b")).toBe(1);
  });

  it("gives a flow at most half of the seats that the others leave, so that the next flow finds one", () => {
    const semaphore = new FairSemaphore(16, { shared: true });
    expect(["a", "b", "c", "d", "e", "f"].map((flow) => acquireAll(semaphore, flow))).toEqual([8, 4, 2, 1, 1, 0]);
  });

  it("gives a part of a flow at most half of the flow's seats that its other parts leave", () => {
    const semaphore = new FairSemaphore(32, { shared: true });
    expect(["a/x", "a/y", "a/z", "a/w", "b/x"].map((flow) => acquireAll(semaphore, flow))).toEqual([8, 4, 2, 1, 5]);
    const flows = ["a/x", "a/u", "b/y", "c/x"];
    expect(flows.map((flow) => semaphore.hasSeat(flow))).toEqual([false, false, true, true]);
  });

  it("does not take a flow for a part of another whose name it starts with", () => {
    const semaphore = new FairSemaphore(8, { shared: true });
    expect(["a", "ab", "a/b"].map((flow) => acquireAll(semaphore, flow))).toEqual([4, 2, 0]);
    const another = new FairSemaphore(8, { shared: true });
    expect(["ab", "a/b"].map((flow) => acquireAll(another, flow))).toEqual([4, 1]);
  });

  it("counts a seat of the flow without a name once", () => {
    expect(acquireAll(new FairSemaphore(4, { shared: true }), "")).toBe(2);
    expect(acquireAll(new FairSemaphore(4, { shared: false }), "")).toBe(4);
  });

  it("has a seat for a flow even if there is only one", () => {
    expect(acquireAll(new FairSemaphore(1, { shared: true }), "a")).toBe(1);
  });

  it("approaches equal shares as seats are released", () => {
    const semaphore = new FairSemaphore(16, { shared: true });
    const held = new Map([
      ["a", acquireAll(semaphore, "a")],
      ["b", 0],
    ]);
    for (let round = 0; round < 10; round++) {
      for (const [flow, count] of [...held].reverse()) {
        if (count > 0) semaphore.release(flow);
        held.set(flow, Math.max(count - 1, 0) + acquireAll(semaphore, flow));
      }
    }
    expect([...held.values()].sort()).toEqual([5, 6]);
  });

  it("seats the waiters of a flow in their order, except while it has no seat", async () => {
    const semaphore = new FairSemaphore(4, { shared: true });
    acquireAll(semaphore, "a");
    const seated = request(semaphore, ["a", "b", "b", "a"]);
    await Promise.resolve();
    expect(seated).toEqual([1]);
    semaphore.release("b");
    await Promise.resolve();
    expect(seated).toEqual([1, 2]);
    semaphore.release("a");
    await Promise.resolve();
    expect(seated).toEqual([1, 2, 0]);
  });

  it("lets the flows of waiters take turns", async () => {
    const semaphore = new FairSemaphore(1, { shared: true });
    acquireAll(semaphore, "a");
    const flows = ["b", "b", "a", "b", "c", "a"];
    const seated = request(semaphore, flows);
    semaphore.release("a");
    for (const _ of flows) {
      await Promise.resolve();
      semaphore.release(flows[seated.at(-1) ?? 0] ?? "");
    }
    expect(seated).toEqual([0, 2, 4, 1, 5, 3]);
    expect(["a", "b", "c"].map((flow) => semaphore.hasSeat(flow))).toEqual([true, true, true]);
  });

  it("seats each of many waiters of one flow without a look at the others", async () => {
    const semaphore = new FairSemaphore(4, { shared: true });
    acquireAll(semaphore, "a");
    const waiting = Array.from({ length: 50_000 }, () => semaphore.acquire("a"));
    const started = process.cpuUsage();
    for (const _ of waiting) semaphore.release("a");
    await Promise.all(waiting);
    const { user, system } = process.cpuUsage(started);
    // A step for each of the waiters took minutes.
    expect((user + system) / 1000).toBeLessThan(10_000);
  });
});
