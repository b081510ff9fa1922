import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRepository, aRevision, aView, observed } from "../testing/observed.ts";
import { freezeAt } from "./freezes.ts";
import { freezeBlocker } from "./preconditions/freeze.ts";
import { publishBlocker } from "./preconditions/publish-preconditions.ts";

const WEEKEND = { name: "weekend", schedule: "0 18 * * 5", duration: "62h", timeZone: "Europe/Berlin" };
const YEAR = { name: "year", schedule: "0 0 20 12 *", duration: "336h" };
const at = (time: string, freezes = [WEEKEND, YEAR]) => freezeAt(freezes, Date.parse(time));
const until = (name: string, time: string) => ({ name, end: { until: Date.parse(time) } });
const proposal = { digest: "d1", commit: "c1", by: "ann", at: "2025-01-02T03:04:05Z" };

describe("freezeAt", () => {
  it("names the freeze that ends last, and none beside them", () => {
    expect(at("2026-01-02T16:59:59Z")).toEqual(until("year", "2026-01-03T00:00:00Z"));
    expect(at("2026-01-02T17:00:00Z")).toEqual(until("weekend", "2026-01-05T07:00:00Z"));
    expect(at("2026-01-05T06:59:59Z")).toEqual(until("weekend", "2026-01-05T07:00:00Z"));
    expect(at("2026-01-05T07:00:00Z")).toBeUndefined();
    expect(at("2026-01-05T07:00:00Z", [])).toBeUndefined();
  });

  it("is on where it cannot be evaluated", () => {
    for (const wrong of [{ timeZone: "Europe/Nowhere" }, { schedule: "61 * * * *" }]) {
      expect(at("2026-01-05T07:00:00Z", [{ ...WEEKEND, ...wrong }])).toEqual({
        name: "weekend",
        end: { problem: expect.stringContaining("window ") },
      });
    }
  });
});

describe("freezeBlocker", () => {
  const approved = (overrideFreeze?: string) => ({
    approval: { digest: "d1", by: "eve", ...(overrideFreeze !== undefined && { overrideFreeze }) },
  });
  const blockerOf = (time: string, spec: object, more: object = {}, freezes = [WEEKEND]) => {
    const freeze = at(time, freezes);
    const object = aRevision({ spec, status: { lifecycle: "proposed", attribution: "Complete", proposal } });
    return freezeBlocker(observed(object, { ...(freeze && { freeze }), ...more }), proposal);
  };
  const FROZEN = "2026-01-03T12:00:00Z";

  it("names the end, at which it is judged again, and who may override it", () => {
    expect(blockerOf(FROZEN, approved())).toEqual({
      reason: "Frozen",
      message:
        "the Repository is frozen (weekend): waits until 2026-01-05T07:00:00Z, or an approval with overrideFreeze by " +
        "a user who may override-freeze packagerevisions",
      kind: "waiting",
      until: Date.parse("2026-01-05T07:00:00Z"),
    });
    expect(blockerOf("2026-01-06T12:00:00Z", approved())).toBeUndefined();
    const invalid = blockerOf(FROZEN, approved(), {}, [{ ...WEEKEND, timeZone: "Nowhere" }]);
    expect(invalid).toMatchObject({ reason: "InvalidFreeze", kind: "stalled" });
  });

  it("is overridden by an approval that counts, of this digest", () => {
    expect(blockerOf(FROZEN, approved("an outage"))).toBeUndefined();
    const further = { approvals: { bob: { digest: "d1", overrideFreeze: "an outage" } } };
    expect(blockerOf(FROZEN, { ...approved(), ...further })).toBeUndefined();
    expect(blockerOf(FROZEN, { approvals: { bob: { digest: "d2", overrideFreeze: "an outage" } } })).toBeDefined();
    const repository = aRepository({ approval: { fourEyes: true } });
    expect(blockerOf(FROZEN, { ...approved(), ...further }, { repository, editors: ["bob"] })).toBeDefined();
  });

  it("holds back every publication in a freeze without an override", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }), (date) => {
        const freeze = freezeAt([WEEKEND, YEAR], date.getTime());
        const object = aRevision({ spec: { lifecycle: "published", ...approved() }, status: { proposal } });
        const view = aView();
        const blocker = publishBlocker(observed(object, { view, ...(freeze && { freeze }) }), view, proposal);
        expect(blocker?.reason).toBe(freeze === undefined ? undefined : "Frozen");
        if (blocker?.until !== undefined) {
          expect(blocker.until).toBeGreaterThan(date.getTime());
          expect(freezeAt([WEEKEND, YEAR], blocker.until)?.end).not.toEqual(freeze?.end);
        }
      }),
      { numRuns: 300 },
    );
  });
});
