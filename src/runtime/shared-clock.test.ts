import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { monotonicMs, SharedTimes } from "./shared-clock.ts";

describe("monotonicMs", () => {
  it("counts milliseconds, and is the same in another thread", async () => {
    const source = `const { parentPort } = require("node:worker_threads");
      parentPort.postMessage(Number(process.hrtime.bigint() / 1000n) / 1000);`;
    const before = monotonicMs();
    const worker = new Worker(source, { eval: true });
    const inThread = await new Promise<number>((resolve) => worker.once("message", resolve));
    expect(inThread).toBeGreaterThanOrEqual(before);
    expect(inThread).toBeLessThanOrEqual(monotonicMs());
    const [started, expected] = [monotonicMs(), performance.now()];
    await setTimeout(20);
    expect(monotonicMs() - started).toBeCloseTo(performance.now() - expected, -1);
  });
});

describe("SharedTimes", () => {
  it("shares times through their buffer, each of its own", () => {
    const times = new SharedTimes(2);
    const others = new SharedTimes(2, times.buffer);
    expect([others.get(0), others.get(1)]).toEqual([undefined, undefined]);
    times.set(0, 12_345.678);
    others.set(1, 0);
    expect([others.get(0), others.get(1)]).toEqual([12_345.678, 0.001]);
    others.set(0, undefined);
    expect([times.get(0), times.get(1)]).toEqual([undefined, 0.001]);
  });
});
