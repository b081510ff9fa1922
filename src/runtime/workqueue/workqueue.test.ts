import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkQueue } from "./workqueue.ts";

/** All that can be worked on now, given back at once. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const key = (await queue.next()) as string;
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

describe("runtime/queue", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const create = () => new WorkQueue({ random: () => 0 });

  it("holds a key once, in the order of arrival", async () => {
    const queue = create();
    for (const key of ["a", "b", "a", "c"]) queue.add(key);
    expect(await drain(queue)).toEqual(["a", "b", "c"]);
  });

  it("gives a key out again after it was added while worked on, and not before", async () => {
    const queue = create();
    queue.add("a");
    expect(await queue.next()).toBe("a");
    queue.add("a");
    queue.add("a");
    expect(queue.depth).toBe(0);
    queue.done("a");
    expect(await drain(queue)).toEqual(["a"]);
  });

  it("gives high before low, and raises what is added again", async () => {
    const queue = create();
    queue.add("bulk-1", { priority: "low" });
    queue.add("bulk-2", { priority: "low" });
    queue.add("user");
    queue.add("bulk-2");
    queue.add("user", { priority: "low" });
    expect(await drain(queue)).toEqual(["user", "bulk-2", "bulk-1"]);
  });

  it("keeps the higher priority of what was added while worked on", async () => {
    const queue = create();
    queue.add("a");
    await queue.next();
    queue.add("a");
    queue.add("a", { priority: "low" });
    queue.add("b", { priority: "low" });
    queue.done("a");
    expect(await drain(queue)).toEqual(["a", "b"]);
  });

  it("gives to who waits already", async () => {
    const queue = create();
    const first = queue.next();
    const second = queue.next();
    queue.add("a");
    queue.add("b");
    expect(await Promise.all([first, second])).toEqual(["a", "b"]);
  });

  it("takes the earliest of several delays, and an immediate add in their place", async () => {
    const queue = create();
    queue.addAfter("a", 1_000);
    queue.addAfter("a", 100);
    queue.addAfter("a", 5_000);
    vi.advanceTimersByTime(99);
    expect(queue.depth).toBe(0);
    vi.advanceTimersByTime(2);
    expect(await drain(queue)).toEqual(["a"]);
    queue.addAfter("a", 1_000);
    queue.add("a");
    expect(await drain(queue)).toEqual(["a"]);
    vi.advanceTimersByTime(10_000);
    expect(queue.depth).toBe(0);
  });

  it("waits longer than setTimeout can", () => {
    const queue = create();
    const days30 = 30 * 24 * 3_600_000;
    queue.addAfter("a", days30);
    vi.advanceTimersByTime(days30 - 1_000);
    expect(queue.depth).toBe(0);
    vi.advanceTimersByTime(2_000);
    expect(queue.depth).toBe(1);
  });

  it("backs off with each retry until the key is forgotten", () => {
    const queue = create();
    expect([queue.addRateLimited("a"), queue.addRateLimited("a"), queue.addRateLimited("b")]).toEqual([200, 400, 200]);
    queue.forget("a");
    expect(queue.addRateLimited("a")).toBe(200);
  });

  it("gives undefined once it is closed, to those who wait too", async () => {
    const queue = create();
    const waiting = queue.next();
    queue.addAfter("later", 10);
    queue.close();
    queue.add("a");
    vi.advanceTimersByTime(100);
    expect(await waiting).toBeUndefined();
    expect(await queue.next()).toBeUndefined();
    expect(queue.depth).toBe(0);
  });

  it("passes over those who may not go on, and gives what they have as soon as they may", async () => {
    const full = new Set(["busy"]);
    const flowControl = {
      flowOf: (key: string) => key.split("/")[0] ?? "",
      hasSeat: (sharer: string) => !full.has(sharer),
    };
    const queue = new WorkQueue({ random: () => 0, flowControl });
    for (const key of ["busy/1", "busy/2", "free/1"]) queue.add(key);
    queue.add("free/2", { priority: "low" });
    expect([await queue.next(), await queue.next()]).toEqual(["free/1", "free/2"]);
    const waiting = queue.next();
    queue.add("busy/2", { priority: "low" });
    expect(queue.depth).toBe(2);
    full.clear();
    queue.dispatch();
    expect([await waiting, await queue.next(), queue.depth]).toEqual(["busy/1", "busy/2", 0]);
  });

  it("never has a key with two workers, and never loses one", async () => {
    const step = fc.record({
      do: fc.constantFrom("add", "low", "later", "take", "done" as const),
      key: fc.constantFrom("a", "b", "c"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const queue = create();
        const active = new Set<string>();
        const owed = new Set<string>();
        for (const { do: action, key } of steps) {
          if (action === "add" || action === "low") {
            queue.add(key, { priority: action === "add" ? "high" : "low" });
            owed.add(key);
          } else if (action === "later") {
            queue.addAfter(key, 50);
            owed.add(key);
          } else if (action === "take" && queue.depth > 0) {
            const taken = (await queue.next()) as string;
            expect(active.has(taken)).toBe(false);
            active.add(taken);
            owed.delete(taken);
          } else if (action === "done") {
            queue.done(key);
            active.delete(key);
          }
        }
        for (const key of active) queue.done(key);
        vi.advanceTimersByTime(1_000);
        // A delay that is overtaken by a take of the same key may come once more, so that more may be given than is owed.
        expect(new Set(await drain(queue)).isSupersetOf(owed)).toBe(true);
      }),
    );
  });
});
