import { describe, expect, it } from "vitest";
import { isSyncTimeDue } from "./sync-time.ts";

describe("isSyncTimeDue", () => {
  it.each([
    [undefined, true],
    ["not a time", true],
    ["2026-01-01T00:05:00Z", false],
    ["2026-01-01T00:00:01Z", false],
    ["2026-01-01T00:00:00Z", true],
    ["2026-01-01T00:05:01Z", true],
  ])("of %s, at 00:05: %s", (last, due) => {
    expect(isSyncTimeDue(last, new Date("2026-01-01T00:05:00Z"))).toBe(due);
  });
});
