import { describe, expect, it } from "vitest";
import { BatchDelay } from "./batch-delay.ts";

/** After a batch that ended at 1000. */
function delayAfter(requests: number, tookMs: number): BatchDelay {
  const delay = new BatchDelay();
  delay.record({ requests, startedAt: 1000 - tookMs, endedAt: 1000 });
  return delay;
}

describe("BatchDelay", () => {
  it("delays no first batch, and none after a push of one request", () => {
    expect(new BatchDelay().remaining(1, 0, 0)).toBe(0);
    expect(delayAfter(1, 80).remaining(1, 1010, 1010)).toBe(0);
  });

  it("waits for as many requests as shared the last push", () => {
    const delay = delayAfter(3, 80);
    expect([1, 2, 3, 4].map((waiting) => delay.remaining(waiting, 1010, 1030))).toEqual([60, 60, 0, 0]);
  });

  it("waits for the requests of two pushes in turn, so that they become one", () => {
    const delay = delayAfter(3, 80);
    delay.record({ requests: 2, startedAt: 1500, endedAt: 1540 });
    expect([4, 5].map((waiting) => delay.remaining(waiting, 1540, 1540))).toEqual([40, 0]);
    delay.record({ requests: 2, startedAt: 2041, endedAt: 2081 });
    expect([1, 2].map((waiting) => delay.remaining(waiting, 2081, 2081))).toEqual([40, 0]);
    delay.record({ requests: 1, startedAt: 2100, endedAt: 2140 });
    expect(delay.remaining(1, 2140, 2140)).toBe(0);
  });

  it("waits from the first request on, or from the end of the push during which it came", () => {
    const delay = delayAfter(3, 80);
    expect([delay.remaining(1, 1200, 1279), delay.remaining(1, 1200, 1280)]).toEqual([1, 0]);
    expect([delay.remaining(1, 950, 1079), delay.remaining(1, 950, 1081)]).toEqual([1, 0]);
  });

  it("does not delay a request again that could not share the last push", () => {
    const delay = delayAfter(3, 80);
    expect([delay.remaining(1, 919, 1000), delay.remaining(1, 920, 1000)]).toEqual([0, 80]);
  });

  it("waits no longer than the last push took, and at most 100 ms", () => {
    expect(delayAfter(3, 20).remaining(1, 1000, 1000)).toBe(20);
    expect(delayAfter(3, 700).remaining(1, 1000, 1000)).toBe(100);
  });

  it("expects nobody back half a second after the push", () => {
    const delay = delayAfter(3, 80);
    expect([delay.remaining(1, 1500, 1500), delay.remaining(1, 1501, 1501)]).toEqual([80, 0]);
  });
});
