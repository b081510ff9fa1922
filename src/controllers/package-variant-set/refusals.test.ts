import { describe, expect, it } from "vitest";
import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { Refusals } from "./refusals.ts";

const MINUTE = 60_000;
const specOf = (name: string): PackageVariantSpec => ({
  upstream: { repository: "catalog", package: name },
  downstream: { repository: "deployments", package: name },
});
const failed = (target: string) => ({ target, reason: "VariantRefused", message: "no" });

describe("Refusals", () => {
  it("tries again later and later, up to an hour", () => {
    const refusals = new Refusals();
    const delays: number[] = [];
    for (let count = 0, now = 0; count < 8; count++) {
      refusals.add("a", specOf("a"), failed("a"), now);
      const delay = refusals.nextAfterMs(now) ?? 0;
      expect(refusals.isWaiting("a", specOf("a"), now + delay - 1)).toBe(true);
      now += delay;
      expect(refusals.isWaiting("a", specOf("a"), now)).toBe(false);
      delays.push(delay / MINUTE);
    }
    const [first = 0] = delays;
    expect(first).toBeGreaterThanOrEqual(0.75);
    expect(first).toBeLessThanOrEqual(1.25);
    expect(delays.map((one) => Math.round(one / first))).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it("does not try all at the same time", () => {
    const refusals = new Refusals();
    const names = Array.from({ length: 500 }, (_, index) => `fleet.edge${index}`);
    for (const name of names) refusals.add(name, specOf(name), failed(name), 0);
    const waiting = (now: number) => names.filter((name) => refusals.isWaiting(name, specOf(name), now)).length;
    for (const second of [50, 55, 60, 65, 70]) {
      const due = waiting(second * 1000) - waiting((second + 1) * 1000);
      expect(due).toBeLessThan(40);
    }
    expect(waiting(0.75 * MINUTE)).toBe(500);
    expect(waiting(1.25 * MINUTE + 1)).toBe(0);
  });

  it("tries another spec at once, and forgets what is done or not wanted any more", () => {
    const refusals = new Refusals();
    refusals.add("a", specOf("a"), failed("a"), 0);
    refusals.add("b", undefined, failed("b"), 0);
    expect(refusals.isWaiting("a", specOf("other"), 1)).toBe(false);
    expect(refusals.isWaiting("b", undefined, 1)).toBe(true);
    expect(refusals.failed).toEqual([failed("a"), failed("b")]);
    refusals.keepOnly(new Set(["b"]));
    expect(refusals.names).toEqual(new Set(["b"]));
    refusals.remove("b");
    expect(refusals.nextAfterMs(5)).toBeUndefined();
  });
});
