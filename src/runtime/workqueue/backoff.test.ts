import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

const options = { baseMs: 200, capMs: 300_000, jitter: 0.5 };

describe("runtime/backoff", () => {
  it.each([
    [1, 200],
    [2, 400],
    [5, 3_200],
    [12, 300_000],
    [10_000, 300_000],
  ])("doubles until the cap: failure %i waits %i ms", (failures, expected) => {
    expect(backoffMs(failures, options, () => 0)).toBe(expected);
  });

  it("takes off no more than the jitter", () => {
    expect(backoffMs(3, options, () => 0.5)).toBe(600);
    expect(backoffMs(3, options, () => 0.999999)).toBe(400);
  });
});
