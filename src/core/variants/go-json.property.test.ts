import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goJson } from "./go-json.ts";

describe("goJson", () => {
  it("is JSON of the same value, whatever the order of its keys", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(goJson(plain))).toEqual(plain);
        expect(goJson(reversed(plain))).toBe(goJson(plain));
        expect(goJson(plain)).not.toMatch(/[<>&\u2028\u2029]/);
      }),
    );
  });

  it("orders keys by their UTF-8 bytes", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: "grapheme" })), (keys) => {
        const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        const expected = sorted.map((key) => `${goJson(key)}:1`);
        expect(goJson(Object.fromEntries(keys.map((key) => [key, 1])))).toBe(`{${expected.join(",")}}`);
      }),
    );
  });

  it("takes no longer for a hundred thousand keys than for as many values", () => {
    const keys = Array.from({ length: 100_000 }, (_, index) => `k${(index * 7_919) % 100_000}`);
    const timeOf = (value: unknown) => {
      const start = performance.now();
      goJson(value);
      return performance.now() - start;
    };
    const ofValues = timeOf(keys.map((key) => ({ [key]: 1 })));
    expect(timeOf(Object.fromEntries(keys.map((key) => [key, 1])))).toBeLessThan(30 * ofValues + 50);
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).map(([key, member]) => [key, reversed(member)] as const);
  return Object.fromEntries(members.toReversed());
}
