import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonValue } from "../testing/arbitraries.ts";
import { isLargerThan } from "./json-size.ts";

describe("isLargerThan", () => {
  it("is true only of values whose JSON is longer", () => {
    fc.assert(
      fc.property(jsonValue, fc.nat(200), (value, limit) => {
        expect(isLargerThan(value, limit) && JSON.stringify(value).length <= limit).toBe(false);
      }),
    );
  });

  it.each<[string, unknown]>([
    ["a text", "x".repeat(1000)],
    ["a key", { ["x".repeat(1000)]: 1 }],
    ["many numbers", Array.from({ length: 1000 }, () => 1)],
    ["many members", Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, null]))],
    ["many empty objects", Array.from({ length: 600 }, () => ({}))],
  ])("is true of %s far beyond the limit", (_, value) => {
    expect(isLargerThan(value, 500)).toBe(true);
    expect(isLargerThan(value, 100_000)).toBe(false);
  });

  it("looks at no more than it needs to know", () => {
    const member = {
      get value(): never {
        throw new Error("it was looked at");
      },
    };
    expect(isLargerThan(["x".repeat(500), member].reverse(), 100)).toBe(true);
  });
});
