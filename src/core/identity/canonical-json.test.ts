import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonValue } from "../testing/arbitraries.ts";
import { canonicalJson } from "./canonical-json.ts";

describe("canonicalJson", () => {
  it.each([
    [{ b: 1, a: [true, null, "x"] }, '{"a":[true,null,"x"],"b":1}'],
    [{ a: undefined, b: { d: {}, c: [] } }, '{"b":{"c":[],"d":{}}}'],
    [[undefined], "[null]"],
    [undefined, "null"],
    ["a\nb", '"a\\nb"'],
    [JSON.parse('{"__proto__":{"x":1}}'), '{"__proto__":{"x":1}}'],
  ])("serializes %j", (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it("is JSON with the same value, on one line", () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const text = canonicalJson(value);
        expect(text).not.toContain("\n");
        expect(JSON.parse(text)).toEqual(value);
      }),
    );
  });

  it("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
      }),
    );
  });

  it("rejects values so deep that they would exhaust the stack", () => {
    const lists = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    const error = expect.objectContaining({ name: "JsonTooDeepError", message: "nested deeper than 500 levels" });
    for (const nested of [lists, objects]) {
      expect(canonicalJson(JSON.parse(nested(500)))).toBe(nested(500));
      for (const depth of [501, 5000]) expect(() => canonicalJson(JSON.parse(nested(depth)))).toThrow(error);
    }
  });
});
