import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CheckResult, FileCheckCall } from "../../../core/validation/file-check.ts";
import { createLog } from "../../../runtime/log.ts";
import { CheckQueue } from "./check-queue.ts";

const SLICE_MS = 5_000;
const FINE: CheckResult = { problems: [], count: 0 };

/** A queue whose checks take the milliseconds that their file has as text, or end with an interruption. */
class Harness {
  readonly started: string[] = [];
  readonly interrupted: string[] = [];
  readonly done: string[] = [];
  readonly log = createLog({ level: "error" });
  readonly #queue = new CheckQueue({
    log: this.log,
    pauseMs: 1,
    worker: { call: (call, signal) => this.#call(call, signal) },
  });

  /** `oid`: `name:milliseconds`. */
  add(namespace: string, ...oids: readonly string[]): void {
    for (const oid of oids) {
      const load = async () => new TextEncoder().encode(oid);
      const result = this.#queue.add({ check: "yaml", oid }, load, () => true, `${namespace}/${oid}`);
      void result.then((found) => this.done.push(found?.result === FINE ? oid : `${oid} failed`));
    }
  }

  #call({ bytes }: FileCheckCall, signal: AbortSignal | undefined): Promise<CheckResult> {
    const oid = new TextDecoder().decode(bytes);
    this.started.push(oid);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve(FINE), Number(oid.split(":")[1]));
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        this.interrupted.push(oid);
        reject(signal.reason);
      });
    });
  }
}

describe("CheckQueue for several namespaces", () => {
  let queue: Harness;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    queue = new Harness();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("checks the files of one that comes later before those of one that has used more time", async () => {
    queue.add("slow", "s1:1000", "s2:1000", "s3:1000");
    await vi.advanceTimersByTimeAsync(10);
    queue.add("quick", "q1:10", "q2:10", "q3:10");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queue.done).toEqual(["s1:1000", "q1:10", "q2:10", "q3:10", "s2:1000", "s3:1000"]);
  });

  it("interrupts a check whose slice is over when another one waits, and starts it again with a longer slice", async () => {
    const warned = vi.spyOn(queue.log, "warn");
    queue.add("slow", "s1:9000", "s2:1");
    queue.add("quick", "q1:1");
    await vi.advanceTimersByTimeAsync(SLICE_MS + 10);
    expect([queue.interrupted, queue.done]).toEqual([["s1:9000"], ["q1:1", "s2:1"]]);
    queue.add("quick", "q2:1");
    await vi.advanceTimersByTimeAsync(9_000);
    expect([queue.started, queue.interrupted, queue.done]).toEqual([
      ["s1:9000", "q1:1", "s2:1", "s1:9000", "q2:1"],
      ["s1:9000"],
      ["q1:1", "s2:1", "s1:9000", "q2:1"],
    ]);
    expect(warned).not.toHaveBeenCalled();
  });

  it("interrupts a check that is alone no sooner than another namespace waits", async () => {
    queue.add("slow", "s1:60000", "s2:1");
    await vi.advanceTimersByTimeAsync(SLICE_MS + 1000);
    expect(queue.interrupted).toEqual([]);
    queue.add("slow", "s3:1");
    expect(queue.interrupted).toEqual([]);
    queue.add("quick", "q1:1");
    await vi.advanceTimersByTimeAsync(10);
    expect([queue.interrupted, queue.done]).toEqual([["s1:60000"], ["q1:1", "s2:1", "s3:1"]]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queue.done.at(-1)).toBe("s1:60000");
  });

  it("gives up a check that takes longer than the longest slice while others wait: none of them waits longer", async () => {
    queue.add("slow", "s1:60000");
    let waited = 0;
    for (let at = 0; at < 200; at++) {
      const name = `q${at}:10`;
      queue.add("quick", name);
      const added = performance.now();
      for (; !queue.done.includes(name); ) await vi.advanceTimersByTimeAsync(50);
      waited = Math.max(waited, performance.now() - added);
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(waited).toBeGreaterThan(30_000);
    expect(waited).toBeLessThan(41_000);
    expect([queue.interrupted.length, queue.done.filter((one) => one.startsWith("s"))]).toEqual([
      4,
      ["s1:60000 failed"],
    ]);
  });

  it("checks a file that two want in the turn of the one whose turn comes first, and once", async () => {
    queue.add("slow", "s1:1000", "s2:1000", "both:10");
    await vi.advanceTimersByTimeAsync(10);
    queue.add("quick", "both:10");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queue.done).toEqual(["s1:1000", "both:10", "both:10", "s2:1000"]);
    expect(queue.started).toEqual(["s1:1000", "both:10", "s2:1000"]);
  });
});
