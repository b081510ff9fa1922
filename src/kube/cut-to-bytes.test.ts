import { describe, expect, it } from "vitest";
import { cutToBytes } from "./cut-to-bytes.ts";

describe("cutToBytes", () => {
  it.each([
    ["short", 1024, "short"],
    ["abcde", 5, "abcde"],
    ["abcdef", 5, "ab…"],
    ["ééé", 5, "é…"],
    ["a😀b", 5, "a…"],
    ["😀😀", 6, "…"],
  ])("cuts %j to %i bytes at a character", (text, bytes, expected) => {
    expect(cutToBytes(text, bytes)).toBe(expected);
  });
});
