import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { revision } from "../testing/arbitraries.ts";
import {
  compareRevisions,
  isLargeRevision,
  latestRevision,
  nextRevision,
  parseRevision,
  unusedRevision,
} from "./revision.ts";

const anything = fc.oneof(revision, fc.constantFrom("main", "v", "v1x", "v01", "v1.2", "", "w"), fc.string());

describe("revisions", () => {
  it.each(["v0", "v1", "v10", "v1.2.3", "v0.0.0", "v999999999", "v20250101123000", "v9999999999999999"])(
    "parses %s",
    (text) => {
      expect(parseRevision(text)).toBeDefined();
    },
  );

  it.each([
    "",
    "v",
    "1",
    "V1",
    "v01",
    "v1.2",
    "v1.2.3.4",
    "v1.02.3",
    "v-1",
    "v1 ",
    "v1\n",
    "v1.2.x",
    "v1-rc1",
    "v1e3",
    `v1${"0".repeat(16)}`,
    `v1.${"9".repeat(17)}.0`,
  ])("%j is none", (text) => {
    expect(parseRevision(text)).toBeUndefined();
  });

  it("are large from 16 digits on, in any of their numbers", () => {
    for (const usual of ["v1", "v999999999999999", "v1.999999999999999.0"]) expect(isLargeRevision(usual)).toBe(false);
    const largest = nextRevision(["v999999999999999"]);
    expect(largest).toBe("v1000000000000000");
    for (const one of [largest, "v1.9999999999999999.0", "v9".padEnd(250, "9")])
      expect(isLargeRevision(one)).toBe(true);
  });

  it("are ordered by number, not by text", () => {
    const sorted = ["v0", "v1", "v1.0.0", "v1.0.1", "v1.0.10", "v1.2.0", "v1.10.0", "v2", "v9", "v10", "v1000000000"];
    expect(sorted.toReversed().sort(compareRevisions)).toEqual(sorted);
  });

  it.each(["a", "w", "main", "v1x"])("come after the text %s, which is no revision", (text) => {
    expect(["v1", text, "v0"].sort(compareRevisions)).toEqual([text, "v0", "v1"]);
    expect(latestRevision([text, "v0", text])).toBe("v0");
  });

  it("are in a total order, as are other texts", () => {
    const sign = (a: string, b: string) => Math.sign(compareRevisions(a, b));
    fc.assert(
      fc.property(anything, anything, anything, (a, b, c) => {
        expect(sign(a, b)).toBe(-sign(b, a) || 0);
        expect(sign(a, b) === 0).toBe(a === b);
        if (sign(a, b) <= 0 && sign(b, c) <= 0) expect(sign(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });

  it("finds the latest revision", () => {
    expect(latestRevision([])).toBeUndefined();
    fc.assert(
      fc.property(fc.array(revision, { minLength: 1 }), (all) => {
        const latest = latestRevision(all) ?? "";
        expect(all).toContain(latest);
        expect(all.every((one) => compareRevisions(one, latest) <= 0)).toBe(true);
      }),
    );
  });

  it.each([
    [[], "v1"],
    [["v0"], "v1"],
    [["v1", "v3.4.5"], "v4"],
    [["v2", "main", "v7x"], "v3"],
  ])("after %j comes %s", (used, next) => {
    expect(nextRevision(used)).toBe(next);
  });

  it("allocates a revision newer than all used ones", () => {
    fc.assert(
      fc.property(fc.array(revision), (used) => {
        const next = nextRevision(used);
        expect(parseRevision(next)).toBeDefined();
        expect(used.every((one) => compareRevisions(next, one) > 0)).toBe(true);
      }),
    );
  });

  it("never reuses a number that is known, though its tag was deleted", () => {
    expect(unusedRevision("v2", [])).toBe("v2");
    expect(unusedRevision("v2", ["v1"])).toBe("v2");
    expect(unusedRevision("v2", ["v2", "v1"])).toBe("v3");
    expect(unusedRevision("v1", ["v4.1.0"])).toBe("v5");
    expect(unusedRevision("v7", ["v2"])).toBe("v7");
  });
});
