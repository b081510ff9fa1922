import fc from "fast-check";
import { it as base, describe, expect, vi } from "vitest";
import { UNLIMITED_SEATS } from "../../event-loop/flow-queues.ts";
import { type QueueObserver, WorkQueue, type WorkQueueOptions } from "./workqueue.ts";

const it = base.extend("create", ({ onTestFinished }) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  return (options: WorkQueueOptions = {}) => new WorkQueue({ random: () => 0, ...options });
});

/** Processes all queued keys at once; returns them in order. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const key = (await queue.get()) as string;
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

describe("WorkQueue", () => {
  it("queues a key once, in the order of adding", async ({ create }) => {
    const queue = create();
    for (const key of ["a", "b", "a", "c"]) queue.add(key);
    expect(await drain(queue)).toEqual(["a", "b", "c"]);
  });

  it.for(["high", "low"] as const)(
    "keeps the place of a key that is added again, at %s priority",
    async (priority, { create }) => {
      const queue = create();
      for (const key of ["a", "b", "a"]) queue.add(key, { priority });
      expect(await drain(queue)).toEqual(["a", "b"]);
    },
  );

  it("processes a key again that was added while it was processed, but not at the same time", async ({ create }) => {
    const queue = create();
    queue.add("a");
    expect(await queue.get()).toBe("a");
    queue.add("a");
    queue.add("a");
    expect(queue.depth).toBe(0);
    queue.done("a");
    expect(await drain(queue)).toEqual(["a"]);
  });

  it("processes high priority before low, and raises the priority of a key that is added again", async ({ create }) => {
    const queue = create();
    queue.add("bulk-1", { priority: "low" });
    queue.add("bulk-2", { priority: "low" });
    queue.add("user");
    queue.add("bulk-2");
    queue.add("user", { priority: "low" });
    expect(await drain(queue)).toEqual(["user", "bulk-2", "bulk-1"]);
  });

  it("keeps the place of a key whose priority is raised by its age", async ({ create }) => {
    const queue = create();
    queue.add("old", { priority: "low" });
    vi.advanceTimersByTime(1);
    queue.add("new", {});
    queue.add("old");
    const flows = new WorkQueue({ flowControl: { flowOf: (key) => key, seats: UNLIMITED_SEATS } });
    flows.add("old", { priority: "low" });
    vi.advanceTimersByTime(1);
    flows.add("new");
    flows.add("old");
    expect([await drain(queue), await drain(flows)]).toEqual([
      ["new", "old"],
      ["new", "old"],
    ]);
  });

  it("keeps the higher priority of a key that is added while it is processed", async ({ create }) => {
    const queue = create();
    queue.add("a");
    await queue.get();
    queue.add("a");
    queue.add("a", { priority: "low" });
    queue.add("b", { priority: "low" });
    queue.done("a");
    expect(await drain(queue)).toEqual(["a", "b"]);
  });

  it("raises the priority of a key that is added twice while it is processed", async ({ create }) => {
    const queue = create();
    queue.add("a");
    await queue.get();
    queue.add("a", { priority: "low" });
    queue.add("a");
    queue.add("b");
    queue.add("c", { priority: "low" });
    queue.done("a");
    expect(await drain(queue)).toEqual(["b", "a", "c"]);
  });

  it("passes keys to workers that wait already, in their order", async ({ create }) => {
    const queue = create();
    const first = queue.get();
    const second = queue.get();
    queue.add("a");
    queue.add("b");
    expect(await Promise.all([first, second])).toEqual(["a", "b"]);
  });

  it("queues a key after the earliest of its delays, and at once when it is added", async ({ create }) => {
    const queue = create();
    queue.addAfter("a", 1_000);
    queue.addAfter("a", 100);
    queue.addAfter("a", 5_000);
    vi.advanceTimersByTime(99);
    expect(queue.depth).toBe(0);
    vi.advanceTimersByTime(1);
    expect(await drain(queue)).toEqual(["a"]);
    queue.addAfter("a", 1_000);
    queue.add("a");
    expect(await drain(queue)).toEqual(["a"]);
    vi.advanceTimersByTime(10_000);
    expect(queue.depth).toBe(0);
  });

  it.for([0, -1])("queues a key at once after a delay of %i ms", async (ms, { create }) => {
    const queue = create();
    queue.addAfter("a", ms, { priority: "low" });
    queue.add("b");
    expect(await drain(queue)).toEqual(["b", "a"]);
  });

  it("ignores a delay for a key that is queued", async ({ create }) => {
    const queue = create();
    queue.add("a");
    queue.addAfter("a", 10);
    expect(await drain(queue)).toEqual(["a"]);
    vi.advanceTimersByTime(10);
    expect(queue.depth).toBe(0);
  });

  it("keeps the priority of a delayed key", async ({ create }) => {
    const queue = create();
    queue.addAfter("bulk", 10, { priority: "low" });
    queue.addAfter("user", 20);
    vi.advanceTimersByTime(20);
    expect(await drain(queue)).toEqual(["user", "bulk"]);
  });

  it("delays each retry longer until the key is forgotten", async ({ create }) => {
    const queue = create();
    expect([queue.addRateLimited("a"), queue.addRateLimited("a"), queue.addRateLimited("b")]).toEqual([200, 400, 200]);
    vi.advanceTimersByTime(199);
    expect(queue.depth).toBe(0);
    vi.advanceTimersByTime(1);
    expect(await drain(queue)).toEqual(["a", "b"]);
    queue.forget("a");
    expect(queue.addRateLimited("a", { priority: "low" })).toBe(200);
    queue.addAfter("c", 200);
    vi.advanceTimersByTime(200);
    expect(await drain(queue)).toEqual(["c", "a"]);
  });

  it("releases waiting workers when it is shut down, and drops all keys", async ({ create }) => {
    const queue = create();
    const waiting = queue.get();
    queue.addAfter("later", 10);
    queue.shutDown();
    queue.add("a");
    queue.addAfter("a", 1);
    expect(vi.getTimerCount()).toBe(0);
    expect(await waiting).toBeUndefined();
    expect(await queue.get()).toBeUndefined();
    expect(queue.depth).toBe(0);
  });

  it("drops queued keys and repeats nothing after it was shut down", async ({ create }) => {
    const queue = create();
    queue.add("a");
    await queue.get();
    for (const key of ["a", "b"]) queue.add(key);
    queue.add("c", { priority: "low" });
    queue.shutDown();
    queue.done("a");
    expect(queue.depth).toBe(0);
    expect(await queue.get()).toBeUndefined();
  });

  it("skips flows without a seat, and passes their keys on as soon as they have one", async ({ create }) => {
    const full = new Set(["busy"]);
    const flowControl = {
      flowOf: (key: string) => key.split("/")[0] ?? "",
      seats: { isFull: false, hasSeat: (flow: string) => !full.has(flow) },
    };
    const queue = create({ flowControl });
    for (const key of ["busy/1", "busy/2", "free/1"]) queue.add(key);
    queue.add("free/2", { priority: "low" });
    expect([await queue.get(), await queue.get()]).toEqual(["free/1", "free/2"]);
    const waiting = queue.get();
    queue.add("busy/2", { priority: "low" });
    expect(queue.depth).toBe(2);
    full.clear();
    queue.dispatch();
    expect([await waiting, await queue.get(), queue.depth]).toEqual(["busy/1", "busy/2", 0]);
  });

  it("asks for the flow of a key once while it is queued", async ({ create }) => {
    const flowOf = vi.fn((key: string) => key);
    const queue = create({ flowControl: { flowOf, seats: UNLIMITED_SEATS } });
    queue.add("a", { priority: "low" });
    queue.add("a");
    expect(flowOf).toHaveBeenCalledTimes(1);
    await drain(queue);
    queue.add("a");
    expect(flowOf).toHaveBeenCalledTimes(2);
  });

  it("reports adds, retries, depth and durations", async ({ create }) => {
    const calls: unknown[][] = [];
    const record = (name: keyof QueueObserver) => (value?: number) => void calls.push([name, value]);
    const observer: QueueObserver = {
      added: record("added"),
      retried: record("retried"),
      depth: record("depth"),
      started: record("started"),
      finished: record("finished"),
    };
    const queue = create({ observer });
    vi.advanceTimersByTime(20);
    queue.add("a", { priority: "low" });
    for (let again = 0; again < 2; again++) queue.add("a");
    vi.advanceTimersByTime(30);
    const key = await queue.get();
    vi.advanceTimersByTime(40);
    queue.done(key ?? "");
    queue.done("never processed");
    queue.addRateLimited("b");
    queue.shutDown();
    expect(calls).toEqual([
      ["added", undefined],
      ["depth", 1],
      ["depth", 1],
      ["started", 30],
      ["depth", 0],
      ["finished", 40],
      ["retried", undefined],
      ["depth", 0],
    ]);
  });

  it("never gives a key to two workers, and never loses one", async ({ create }) => {
    const step = fc.record({
      do: fc.constantFrom("add", "low", "later", "take", "done" as const),
      key: fc.constantFrom("a", "b", "c"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const queue = create();
        const processing = new Set<string>();
        const added = new Set<string>();
        for (const { do: action, key } of steps) {
          if (action === "add" || action === "low") {
            queue.add(key, { priority: action === "add" ? "high" : "low" });
            added.add(key);
          } else if (action === "later") {
            queue.addAfter(key, 50);
            added.add(key);
          } else if (action === "take" && queue.depth > 0) {
            const taken = (await queue.get()) as string;
            expect(processing.has(taken)).toBe(false);
            processing.add(taken);
            added.delete(taken);
          } else if (action === "done") {
            queue.done(key);
            processing.delete(key);
          }
        }
        for (const key of processing) queue.done(key);
        vi.advanceTimersByTime(1_000);
        // A delayed key that was taken meanwhile may be queued once more, so that drain may return more than was added.
        expect(new Set(await drain(queue)).isSupersetOf(added)).toBe(true);
      }),
    );
  });
});
