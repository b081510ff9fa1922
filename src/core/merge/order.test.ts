import { describe, expect, it } from "vitest";
import { interleave, mergeOrders } from "./order.ts";

const merge = (base: string, upstream: string, local: string) =>
  mergeOrders([...base], [...upstream], [...local], new Set(upstream + local)).join("");

describe("interleave", () => {
  it.each([
    ["ac", "abc", "abc"],
    ["ca", "abc", "cab"],
    ["bc", "abc", "abc"],
    ["a", "abc", "abc"],
    ["ax", "abc", "axbc"],
    ["xa", "ba", "xba"],
    ["x", "ab", "xab"],
    ["", "ab", "ab"],
    ["ab", "", "ab"],
    ["ab", "ba", "ab"],
  ])("of local %s and upstream %s", (mine, theirs, result) => {
    expect(interleave([...mine], [...mine], [...theirs]).join("")).toBe(result);
  });
});

describe("mergeOrders", () => {
  it.each([
    ["abc", "cab", "abc", "cab"],
    ["abc", "abc", "cab", "cab"],
    ["abc", "bca", "cab", "cab"],
    ["ab", "abu", "abl", "ablu"],
    ["ab", "uab", "lab", "luab"],
    ["ab", "ba", "axb", "bax"],
    ["", "ab", "ba", "ab"],
  ])("of base %s, upstream %s and local %s", (base, upstream, local, result) => {
    expect(merge(base, upstream, local)).toBe(result);
  });

  it("leaves out what is not kept", () => {
    expect(mergeOrders(["a", "b"], ["a", "b"], ["a", "b"], new Set("b"))).toEqual(["b"]);
  });
});
