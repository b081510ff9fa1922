import { describe, expect, it } from "vitest";
import { compileGlobPath } from "./doublestar.ts";

describe("compileGlobPath", () => {
  it.each([
    ["a.yaml", "a.yaml", true],
    ["a.yaml", "b/a.yaml", false],
    ["*.yaml", "a.yaml", true],
    ["*.yaml", "b/a.yaml", false],
    ["**/a.yaml", "a.yaml", true],
    ["**/a.yaml", "b/c/a.yaml", true],
    ["b/**", "b/c/a.yaml", true],
    ["b/**/a.yaml", "b/a.yaml", true],
    ["b/?.yaml", "b/a.yaml", true],
    ["b?a.yaml", "b/a.yaml", false],
    ["[a-c].yaml", "b.yaml", true],
    ["[!a-c].yaml", "b.yaml", false],
    ["{a,b/c}.yaml", "b/c.yaml", true],
    ["{a,b}.yaml", "c.yaml", false],
    ["a,b.yaml", "a,b.yaml", true],
    ["a}.yaml", "a}.yaml", true],
    ["\\*.yaml", "*.yaml", true],
    ["\\*.yaml", "a.yaml", false],
    ["a+(b).yaml", "a+(b).yaml", true],
  ])("%j on %j: %j", (glob, path, expected) => expect(compileGlobPath(glob, () => {})(path)).toBe(expected));

  it("refuses what is longer than 500 characters, and no shorter one", () => {
    expect(compileGlobPath("**/".repeat(166), () => {})("a")).toBe(false);
    expect(compileGlobPath("?".repeat(500), () => {})("a".repeat(500))).toBe(true);
    expect(() => compileGlobPath("a".repeat(501), () => {})).toThrow("a glob may have 500 characters at most");
    expect(() => compileGlobPath("[z-a]", () => {})).toThrow('"[z-a]" is no glob');
  });
});
