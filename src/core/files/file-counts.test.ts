import { describe, expect, it } from "vitest";
import { countChanges, formatCounts } from "./file-counts.ts";

describe("countChanges", () => {
  it("counts files by their paths", () => {
    const before = new Map([
      ["a", "1"],
      ["b", "1"],
      ["c", "1"],
      ["d", "1"],
    ]);
    const after = new Map([
      ["a", "1"],
      ["b", "2"],
      ["e", "1"],
    ]);
    expect(countChanges(before, after)).toEqual({ added: 1, changed: 1, removed: 2 });
    expect(countChanges(new Map(), after)).toEqual({ added: 3, changed: 0, removed: 0 });
    expect(countChanges(after, new Map())).toEqual({ added: 0, changed: 0, removed: 3 });
  });
});

describe("formatCounts", () => {
  it.each([
    [{ added: 1, changed: 2, removed: 3 }, "1 file added, 2 changed, 3 removed"],
    [{ added: 0, changed: 2, removed: 0 }, "2 files changed"],
    [{ added: 0, changed: 0, removed: 1 }, "1 file removed"],
    [{ added: 0, changed: 0, removed: 0 }, "no file changed"],
  ])("writes %j as %s", (counts, text) => {
    expect(formatCounts(counts)).toBe(text);
  });
});
