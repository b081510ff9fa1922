import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import { isSameJson } from "./same-json.ts";

describe("isSameJson", () => {
  it.each<[unknown, unknown]>([
    [
      { a: 1, b: [{ c: "d" }] },
      { b: [{ c: "d" }], a: 1 },
    ],
    [{ a: undefined, b: 1 }, { b: 1 }],
    [{ b: 1 }, { a: undefined, b: 1 }],
    [undefined, undefined],
  ])("is true for %j and %j", (a, b) => {
    expect(isSameJson(a, b)).toBe(true);
  });

  it.each<[unknown, unknown]>([
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [{ a: 1 }, { b: 1 }],
    [[1], { 0: 1 }],
    [{}, null],
    [[], {}],
    [JSON.parse('{"__proto__":{}}'), { a: 1 }],
    [{ toString: 1 }, { valueOf: 1 }],
    ["1", 1],
  ])("is false for %j and %j", (a, b) => {
    expect(isSameJson(a, b)).toBe(false);
  });

  it("says the same of all values as their canonical JSON", () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(isSameJson(a, structuredClone(a))).toBe(true);
        expect(isSameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });

  it("compares what is nested too deeply to be serialized", () => {
    const nest = (end: string) => Array.from({ length: 5000 }).reduce<unknown>((inner) => ({ inner }), end);
    expect([isSameJson(nest("a"), nest("a")), isSameJson(nest("a"), nest("b"))]).toEqual([true, false]);
  });
});
