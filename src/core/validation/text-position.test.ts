import { describe, expect, it } from "vitest";
import { findControlCharacter, findInvalidUtf8, locate } from "./text-position.ts";

describe("locate", () => {
  it.each([
    [0, 1, 1],
    [1, 1, 2],
    // The line break belongs to the line that it ends.
    [2, 1, 3],
    [3, 2, 1],
    [4, 3, 1],
    [5, 3, 2],
    [6, 3, 3],
    [7, 3, 3],
    [-1, 1, 1],
  ])("finds the offset %i of a text in line %i, column %i", (offset, line, column) => {
    expect(locate("ab\n\ncd", offset)).toEqual({ line, column });
  });
});

describe("findInvalidUtf8", () => {
  it.each([
    ["text", [0x61, 0xc3, 0xa4], undefined],
    ["a wrong byte", [0x61, 0xc3, 0xa4, 0xff], 2],
    ["a wrong byte after a byte order mark, which is a character of the text", [0xef, 0xbb, 0xbf, 0x61, 0xff], 2],
    ["a character that is cut off", [0x61, 0xe2, 0x82], 1],
  ])("in %s", (_, bytes, offset) => {
    expect(findInvalidUtf8(Uint8Array.from(bytes))).toBe(offset);
  });
});

describe("findControlCharacter", () => {
  it("names the first character that YAML forbids", () => {
    expect(findControlCharacter("a\t\r\n\u001b[31m\u007f")).toEqual({
      offset: 4,
      message: "control character U+001B",
    });
    expect(findControlCharacter("a\u007f")).toEqual({ offset: 1, message: "control character U+007F" });
    expect(findControlCharacter("a\t\r\n\u0085")).toBeUndefined();
  });
});
