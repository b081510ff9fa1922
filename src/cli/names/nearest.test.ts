import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { editDistance, nearestWords } from "./nearest.ts";

describe("nearestWords", () => {
  it.each([
    ["storefrnt", ["backend", "storefront"], ["storefront"]],
    ["stroefront", ["storefront"], ["storefront"]],
    ["web", ["wet", "wall", "web-2"], ["wet"]],
    ["x", ["storefront"], []],
    ["cache", ["cash", "cached", "caches", "ca"], ["cached", "caches"]],
  ])("%s among %j is %j", (word, words, expected) => {
    expect(nearestWords(word, words)).toEqual(expected);
  });
});

describe("editDistance", () => {
  it("is a distance: symmetric, and 0 for equal words only", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        expect(editDistance(a, b, 20)).toBe(editDistance(b, a, 20));
        expect(editDistance(a, b, 20) === 0).toBe(a === b);
        expect(editDistance(a, b, 2)).toBe(Math.min(editDistance(a, b, 20), 3));
      }),
    );
  });
});
