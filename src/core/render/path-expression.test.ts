import { describe, expect, it } from "vitest";
import { compilePathExpression, isPlainPath } from "./path-expression.ts";

describe("compilePathExpression", () => {
  it.each([
    ["a.b", "a.b", true],
    ["a.b", "a.b.c", false],
    ["a", "a.b", false],
    ["*.b", "a.b", true],
    ["*", "a.b", false],
    ["**", "a.b", true],
    ["**.b", "b", true],
    ["**.b", "a.c.b", true],
    ["a.**", "a", true],
    ["a.**.d", "a.b.c.d", true],
    ["a.**.d", "a.b.c", false],
    ["a.**.**.d", "a.d", true],
    ["a[*].b", "a[2].b", true],
    ["a[1].b", "a[2].b", false],
    ["*[2].b", "a[2].b", true],
    ["*[*].b", "a.b", false],
    ["a.b", "a[2].b", false],
    ["*.b", "a[2].b", true],
    ["c[*]", "a[2]", false],
  ])("%j on %j: %j", (expression, path, expected) => {
    expect(compilePathExpression(expression, () => {})(path)).toBe(expected);
  });

  it("takes a time that is linear in the path, whatever the expression", () => {
    const expression = `${"**.a.".repeat(50)}b`;
    expect(compilePathExpression(expression, () => {})("a.".repeat(2000))).toBe(false);
  });
});

describe("isPlainPath", () => {
  it.each([
    ["a.b", true],
    ["a", true],
    ["", false],
    ["a..b", false],
    ["a.*", false],
    ["**.a", false],
  ])("%j: %j", (path, expected) => expect(isPlainPath(path)).toBe(expected));
});
