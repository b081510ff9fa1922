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
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  const members = Object.entries(value).map(([key, member]) => [key, reversed(member)] as const);
  return Object.fromEntries(members.toReversed());
}
