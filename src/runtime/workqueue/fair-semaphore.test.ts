import { describe, expect, it } from "vitest";
import { FairSemaphore } from "./fair-semaphore.ts";

/** Takes places until there is none; returns how many that were. */
function takeAll(slots: FairSemaphore, sharer: string): number {
  let count = 0;
  for (; slots.hasSeat(sharer); count++) void slots.acquire(sharer);
  return count;
}

describe("runtime/slots", () => {
  it("gives all places to whoever comes, where they are not shared", () => {
    const slots = new FairSemaphore(4, { shared: false });
    expect(takeAll(slots, "a")).toBe(4);
  });

  it("gives a sharer half of what the others leave: whoever comes next finds a place", () => {
    const slots = new FairSemaphore(16, { shared: true });
    expect(["a", "b", "c", "d", "e", "f"].map((sharer) => takeAll(slots, sharer))).toEqual([8, 4, 2, 1, 1, 0]);
  });

  it("gives a part of a sharer half of what the other parts leave of its own", () => {
    const slots = new FairSemaphore(32, { shared: true });
    expect(["a/x", "a/y", "a/z", "a/w", "b/x"].map((sharer) => takeAll(slots, sharer))).toEqual([8, 4, 2, 1, 5]);
    expect([slots.hasSeat("a/x"), slots.hasSeat("a/u"), slots.hasSeat("b/y"), slots.hasSeat("c/x")]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it("has a place for one where there is one", () => {
    expect(takeAll(new FairSemaphore(1, { shared: true }), "a")).toBe(1);
  });

  it("comes to even shares as places become free", () => {
    const slots = new FairSemaphore(16, { shared: true });
    const held = new Map([["a", takeAll(slots, "a")]]);
    for (let round = 0; round < 10; round++) {
      for (const sharer of ["b", "a"]) {
        if ((held.get(sharer) ?? 0) > 0) slots.release(sharer);
        held.set(sharer, (held.get(sharer) ?? 0) - (held.get(sharer) ? 1 : 0) + takeAll(slots, sharer));
      }
    }
    expect([...held.values()].sort()).toEqual([5, 6]);
  });

  it("lets those in who wait in line, the first first, but for those whose share is taken", async () => {
    const slots = new FairSemaphore(4, { shared: true });
    takeAll(slots, "a");
    const entered: string[] = [];
    const waiting = [slots.acquire("a"), slots.acquire("b"), slots.acquire("b"), slots.acquire("a")];
    for (const [at, one] of waiting.entries()) void one?.then(() => entered.push(`${at}`));
    await Promise.resolve();
    expect([waiting[1], entered]).toEqual([undefined, []]);
    slots.release("b");
    slots.release("a");
    await Promise.resolve();
    expect(entered).toEqual(["2", "0"]);
  });
});
