import { describe, expect, it } from "vitest";
import { fitsPattern, newPatternBudget } from "./fits-pattern.ts";

describe("fitsPattern", () => {
  it.each([
    ["edge-*", "edge-1", true],
    ["edge-*", "core", false],
    ["*rbac*", "a/rbac.yaml", true],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a", "a", true],
    ["*", "", true],
  ])("compares %j with %j: %s", (pattern, text, expected) => {
    expect(fitsPattern(pattern, text, newPatternBudget())).toBe(expected);
  });

  it("holds once the budget is spent, which reading long texts spends as well", () => {
    const budget = newPatternBudget();
    const pattern = `a${"x".repeat(250)}*`;
    let calls = 0;
    // Each differs at its first character.
    while (!fitsPattern(pattern, "b".repeat(500), budget)) calls++;
    expect(calls).toBeLessThan(30_000);
    expect(fitsPattern("a*", "b", budget)).toBe(true);
  });
});
