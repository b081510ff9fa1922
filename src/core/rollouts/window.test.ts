import { describe, expect, it } from "vitest";
import type { RolloutWindow } from "../../api/v1alpha1/rollout.ts";
import { WindowError, windowAt, windowEnd } from "./window.ts";

const at = (time: string, window: Partial<RolloutWindow>) =>
  windowAt({ schedule: "0 22 * * 1-5", duration: "6h", timeZone: "Europe/Berlin", ...window }, Date.parse(time));
const opens = (time: string) => ({ kind: "closed", opensAt: Date.parse(time) });

describe("windowEnd", () => {
  const end = (time: string, window: Partial<RolloutWindow> = {}) =>
    windowEnd({ schedule: "0 22 * * 1-5", duration: "6h", timeZone: "Europe/Berlin", ...window }, Date.parse(time));

  it("is that of the present opening, or undefined", () => {
    expect(end("2026-01-02T20:59:59Z")).toBeUndefined();
    expect(end("2026-01-02T21:00:00Z")).toBe(Date.parse("2026-01-03T03:00:00Z"));
    expect(end("2026-01-03T02:59:59Z")).toBe(Date.parse("2026-01-03T03:00:00Z"));
    expect(end("2026-01-03T03:00:00Z")).toBeUndefined();
  });

  it("is that of the last of openings that follow each other, so far as they are followed", () => {
    const days = { schedule: "0 0 * * 5,6", duration: "24h", timeZone: "UTC" };
    expect(end("2026-01-02T10:00:00Z", days)).toBe(Date.parse("2026-01-04T00:00:00Z"));
    const always = end("2026-01-02T10:00:30Z", { schedule: "* * * * *", duration: "1h" });
    expect(always).toBeGreaterThan(Date.parse("2026-01-02T11:00:00Z"));
  });

  it("refuses what windowAt refuses, and a schedule that never occurs", () => {
    for (const schedule of ["61 * * * *", "0 0 30 2 *", "0 0 31 11 *"])
      expect(() => end("2026-01-02T10:00:00Z", { schedule })).toThrow(WindowError);
  });

  it("is not left out where one of several times does not exist, for a change to summer time", () => {
    const always = { duration: "12h" };
    for (const schedule of ["30 2,14 * * *", "0,30 2,14 * * *"])
      for (const hour of ["02", "10"])
        expect(end(`2027-03-28T${hour}:00:00Z`, { ...always, schedule }), `${schedule} ${hour}`).toBeDefined();
  });
});

describe("windowAt", () => {
  it("is open from its schedule on for its duration, across midnight and the end of a week", () => {
    expect(at("2026-01-02T20:59:59Z", {})).toEqual(opens("2026-01-02T21:00:00Z"));
    expect(at("2026-01-02T21:00:00Z", {})).toEqual({ kind: "open" });
    expect(at("2026-01-03T02:59:59Z", {})).toEqual({ kind: "open" });
    expect(at("2026-01-03T03:00:00Z", {})).toEqual(opens("2026-01-05T21:00:00Z"));
  });

  it("follows its time zone into summer and winter time", () => {
    expect(at("2026-03-29T12:00:00Z", {})).toEqual(opens("2026-03-30T20:00:00Z"));
    const night = { schedule: "30 2 * * *", duration: "30m" };
    // 2:30 does not exist that night, and comes twice in the other.
    expect(at("2026-03-28T12:00:00Z", night)).toEqual(opens("2026-03-29T01:00:00Z"));
    expect(at("2026-10-24T12:00:00Z", night)).toEqual(opens("2026-10-25T00:30:00Z"));
    expect(at("2026-10-25T01:00:00Z", night)).toEqual(opens("2026-10-26T01:30:00Z"));
  });

  it("is in UTC without a time zone, and may never open", () => {
    const { timeZone: _none, ...window } = { schedule: "0 0 1 1 *", duration: "1h", timeZone: "" };
    expect(windowAt(window, Date.parse("2026-06-01T00:00:00Z"))).toEqual(opens("2027-01-01T00:00:00Z"));
    expect(at("2026-06-01T00:00:00Z", { schedule: "0 0 30 2 *" })).toEqual({ kind: "closed" });
  });

  it.each([
    { schedule: "61 * * * *" },
    { schedule: "0 0 0 * * *" },
    { schedule: "a b c d e" },
    { timeZone: "Europe/Nowhere" },
  ])("refuses %j in one line", (window) => {
    const call = () => at("2026-06-01T00:00:00Z", window);
    expect(call).toThrow(WindowError);
    expect(call).toThrow(/^window "[^\n]*$/);
  });
});
