import { describe, expect, it } from "vitest";
import { insertInOrder, mergeOrders } from "./order.ts";

const insert = (order: string, added: string, other: string) =>
  insertInOrder([...order], new Set(added), [...other]).join("");
const merge = (base: string, upstream: string, local: string) =>
  mergeOrders([...base], [...upstream], [...local], new Set(upstream + local)).join("");

describe("insertInOrder", () => {
  it.each([
    ["ac", "b", "abc", "abc"],
    ["ca", "b", "abc", "cab"],
    ["bc", "a", "abc", "abc"],
    ["a", "bc", "abc", "abc"],
    ["ax", "bc", "abc", "abcx"],
    ["x", "ab", "ab", "xab"],
    ["", "ab", "ab", "ab"],
    ["ab", "", "ba", "ab"],
  ])("puts into %s the new ones of %s as they are in %s", (order, added, other, result) => {
    expect(insert(order, added, other)).toBe(result);
  });
});

describe("mergeOrders", () => {
  it.each([
    ["abc", "cab", "abc", "cab"],
    ["abc", "abc", "cab", "cab"],
    ["abc", "bca", "cab", "cab"],
    ["ab", "abu", "abl", "abul"],
    ["ab", "uab", "lab", "ulab"],
    ["ab", "ba", "axb", "bax"],
    ["", "ab", "ba", "ab"],
  ])("of base %s, upstream %s and local %s", (base, upstream, local, result) => {
    expect(merge(base, upstream, local)).toBe(result);
  });
});
