import { describe, expect, it } from "vitest";
import { LOOK_INTERVAL_MS, StandstillWatch } from "./standstill.ts";

/** A loop that is free until `standStill`, and a watch of it. */
function start() {
  let now = 10_000;
  let freeAt: number | undefined;
  const reports: number[] = [];
  const watch = new StandstillWatch({
    now: () => now,
    freeAt: () => freeAt,
    onStandstill: (ms) => void reports.push(ms),
  });
  const pass = (ms: number, isFree: boolean) => {
    for (const end = now + ms; now < end; ) {
      now += LOOK_INTERVAL_MS;
      if (isFree) freeAt = now;
      watch.look();
    }
  };
  return {
    reports,
    /** The loop is free for so long. */
    run: (ms: number) => pass(ms, true),
    standStill: (ms: number) => pass(ms, false),
    /** Both threads are stopped. */
    stop: (ms: number) => {
      now += ms;
    },
  };
}

describe("StandstillWatch", () => {
  it("reports a loop that is not free for two seconds, once", () => {
    const { reports, run, standStill } = start();
    run(5_000);
    standStill(1_500);
    expect(reports).toEqual([]);
    standStill(30_000);
    expect(reports).toEqual([2_000]);
  });

  it("reports the next standstill, too", () => {
    const { reports, run, standStill } = start();
    for (let times = 0; times < 3; times++) {
      run(500);
      standStill(4_000);
    }
    expect(reports).toEqual([2_000, 2_000, 2_000]);
  });

  it("does not count a time in which the whole process was stopped", () => {
    const { reports, run, standStill, stop } = start();
    run(1_000);
    stop(60_000);
    standStill(1_000);
    expect(reports).toEqual([]);
    stop(60_000);
    standStill(1_500);
    expect(reports).toHaveLength(1);
  });

  it("waits for a loop that has not run yet", () => {
    const { reports, standStill, run } = start();
    standStill(20_000);
    run(500);
    expect(reports).toEqual([]);
  });
});
