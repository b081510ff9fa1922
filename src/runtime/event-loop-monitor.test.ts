import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EventLoopMonitor } from "./event-loop-monitor.ts";

describe("EventLoopMonitor", () => {
  let now = 0;
  let cpuMs = 0;
  let free: number[] = [];
  let registry: Registry;
  let monitor: EventLoopMonitor;

  beforeEach(async () => {
    vi.useFakeTimers();
    [now, cpuMs, free, registry] = [1_000, 0, [], new Registry()];
    monitor = new EventLoopMonitor({ registry, onFree: () => free.push(now), now: () => now, cpuMs: () => cpuMs });
    await monitor.start();
  });
  afterEach(async () => {
    await monitor.stop();
    vi.useRealTimers();
  });

  /** The next timer runs after this time, of which the thread has worked so much. */
  function pass(ms: number, workedMs = 0): void {
    now += ms;
    cpuMs += workedMs;
    vi.advanceTimersByTime(250);
  }
  const buckets = async () => {
    const text = await registry.metrics();
    const counts = [...text.matchAll(/^pkgserver_event_loop_delay_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm)];
    return Object.fromEntries(counts.map(([, le, count]) => [le, Number(count)]));
  };

  it("reports that the loop is free at its start and then four times a second, until it stops", async () => {
    pass(250);
    pass(250);
    expect(free).toEqual([1_000, 1_250, 1_500]);
    await monitor.stop();
    pass(250);
    expect(free).toHaveLength(3);
  });

  it("counts by how much each timer is late", async () => {
    pass(250);
    pass(255);
    pass(1_250);
    pass(40_250);
    expect(await buckets()).toMatchObject({ "0.01": 2, "0.5": 2, "1": 3, "30": 3, "60": 4, "+Inf": 4 });
    expect(await registry.metrics()).toContain("pkgserver_event_loop_delay_seconds_sum 41.005");
  });

  it("fails its check for half a minute after work of five seconds at a stretch", () => {
    pass(5_000, 4_999);
    expect(() => monitor.check()).not.toThrow();
    pass(12_345, 12_340);
    expect(() => monitor.check()).toThrow("it was busy for 12.3 s, 0 s ago");
    pass(29_000);
    expect(() => monitor.check()).toThrow("it was busy for 12.3 s, 29 s ago");
    pass(2_000);
    expect(() => monitor.check()).not.toThrow();
  });

  it("blames no work for a stopped process, or a machine that is busy with others", () => {
    pass(60_000, 100);
    expect(() => monitor.check()).not.toThrow();
  });

  it("measures the CPU time of its own thread", async () => {
    vi.useRealTimers();
    const real = new EventLoopMonitor({ registry: new Registry(), onFree: () => {}, now: () => 0 });
    await real.start();
    expect(() => real.check()).not.toThrow();
    await real.stop();
  });
});
