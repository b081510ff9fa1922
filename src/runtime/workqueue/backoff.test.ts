import { describe, expect, it } from "vitest";
import { backoffMs, DEFAULT_BACKOFF, RateLimiter } from "./backoff.ts";

const options = { baseMs: 200, capMs: 300_000, jitter: 0.5 };

describe("backoffMs", () => {
  it.each([
    [0, 200],
    [1, 200],
    [2, 400],
    [5, 3_200],
    [11, 204_800],
    [12, 300_000],
    [10_000, 300_000],
  ])("doubles the delay up to the cap: failure %i waits %i ms", (failures, expected) => {
    expect(backoffMs(failures, options, () => 0)).toBe(expected);
  });

  it("stays finite after so many failures that the power would overflow", () => {
    expect(backoffMs(5_000, { ...options, capMs: Number.POSITIVE_INFINITY }, () => 0)).toBe(200 * 2 ** 30);
  });

  it("subtracts no more than the jitter", () => {
    expect(backoffMs(3, options, () => 0.5)).toBe(600);
    expect(backoffMs(3, options, () => 0.999999)).toBe(400);
  });
});

describe("RateLimiter", () => {
  it("waits 0.2 s after the first failure, doubled each time up to 5 minutes, and up to 30 % less", () => {
    expect(DEFAULT_BACKOFF).toEqual({ baseMs: 200, capMs: 300_000, jitter: 0.3 });
    const slow = new RateLimiter({ random: () => 0 });
    const delays = Array.from({ length: 13 }, () => slow.when("a"));
    expect(delays.slice(0, 3)).toEqual([200, 400, 800]);
    expect(delays.slice(-3)).toEqual([204_800, 300_000, 300_000]);
    expect(new RateLimiter({ random: () => 1 }).when("a")).toBe(140);
  });

  it("spreads retries at random when no source of randomness is given", () => {
    const limiter = new RateLimiter();
    const delays = Array.from({ length: 20 }, (_, index) => limiter.when(`key-${index}`));
    expect(new Set(delays).size).toBeGreaterThan(1);
    for (const ms of delays) expect(ms).toSatisfy((value: number) => value >= 140 && value <= 200);
  });

  it("counts the failures of each key until it is forgotten", () => {
    const limiter = new RateLimiter({ backoff: { baseMs: 1, capMs: 100, jitter: 0 } });
    expect([limiter.when("a"), limiter.when("a"), limiter.when("b")]).toEqual([1, 2, 1]);
    limiter.forget("a");
    expect([limiter.when("a"), limiter.when("b")]).toEqual([1, 2]);
  });
});
