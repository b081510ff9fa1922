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
    const deep = JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`);
    expect(() => canonicalJson(deep)).toThrow("nested deeper than 500 levels");
  });
});
