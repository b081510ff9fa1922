import { describe, expect, it } from "vitest";
import { compareShape } from "./shape.ts";

const problemOf = (wanted: unknown, given: unknown) => {
  const found = compareShape(wanted, given);
  return found === undefined ? undefined : `${found.field}: ${found.message}`;
};
const differs = (field: string, wanted: string, given: string) =>
  `${field}: must be ${wanted}, as in the default, and is ${given}`;

describe("compareShape", () => {
  it.each([
    [{ a: 1 }, { a: 2 }],
    [{ a: 1.5 }, { a: 2 }],
    [{ a: 1 }, {}],
    [{}, { a: 1 }],
    [{ a: null }, { a: 1 }],
    [{ a: 1 }, { a: null }],
    [{ a: 1 }, { a: 2n ** 60n }],
    [{ a: [] }, { a: ["x", 1] }],
    [{ a: [1, "x"] }, { a: [2, 3] }],
    [{ a: { b: true } }, { a: { b: false, c: "x" } }],
    ["x", "y"],
  ])("takes a default %o and %o", (wanted, given) => expect(problemOf(wanted, given)).toBeUndefined());

  it.each([
    [{ a: 1 }, { a: "1" }, differs("a", "an integer", "a text")],
    [{ a: 1 }, { a: 1.5 }, differs("a", "an integer", "a number")],
    [{ a: "1" }, { a: 1 }, differs("a", "a text", "an integer")],
    [{ a: 1.5 }, { a: "1.5" }, differs("a", "a number", "a text")],
    [{ a: true }, { a: "true" }, differs("a", "a boolean", "a text")],
    [{ a: [1] }, { a: { b: 1 } }, differs("a", "a list", "a mapping")],
    [{ a: { b: 1 } }, { a: [1] }, differs("a", "a mapping", "a list")],
    [{ a: { b: { c: 1 } } }, { a: { b: { c: "x" } } }, differs("a.b.c", "an integer", "a text")],
    [{ a: [{ b: 1 }] }, { a: [{ b: 1 }, { b: "x" }] }, differs("a[1].b", "an integer", "a text")],
    [[1], ["x"], differs("[0]", "an integer", "a text")],
    [{ x: 1, y: 1 }, { x: 1, y: "a" }, differs("y", "an integer", "a text")],
  ])("finds how %o differs from %o", (wanted, given, message) => expect(problemOf(wanted, given)).toBe(message));

  it("does not look at what objects inherit", () => {
    expect(problemOf({ toString: 1 }, {})).toBeUndefined();
  });
});
