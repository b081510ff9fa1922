import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePath, encodePath } from "./path-bytes.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
/** Mostly the bytes at which UTF-8 changes its rules. */
const edge = fc.constantFrom(
  0x00,
  0x2f,
  0x41,
  0x7f,
  0x80,
  0x8f,
  0x90,
  0x9f,
  0xa0,
  0xbd,
  0xbf,
  0xc0,
  0xc2,
  0xdf,
  0xe0,
  0xed,
  0xef,
  0xf0,
  0xf4,
  0xf5,
);
const anyBytes = fc.uint8Array({ maxLength: 12 });
const edgeBytes = fc.array(edge, { maxLength: 12 }).map((bytes) => Uint8Array.from(bytes));

describe("decodePath", () => {
  it("loses no byte, whatever the path is", () => {
    fc.assert(
      fc.property(fc.oneof(anyBytes, edgeBytes), (bytes) => {
        expect(encodePath(decodePath(bytes))).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it("returns UTF-8 as it is, and a text that is not well-formed for anything else", () => {
    fc.assert(
      fc.property(fc.oneof(anyBytes, edgeBytes, fc.string({ unit: "binary" }).map(utf8)), (bytes) => {
        const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
        const isUtf8 = Buffer.compare(utf8(text), bytes) === 0;
        const path = decodePath(bytes);
        expect(path.isWellFormed()).toBe(isUtf8);
        if (isUtf8) expect(path).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["a byte of Latin-1", [0x67, 0xf6, 0x65], "g\udcf6e"],
    ["U+FFFD itself", [0xef, 0xbf, 0xbd], "\ufffd"],
    ["U+FFFD beside a byte that is shown as it", [0xef, 0xbf, 0xbd, 0xff], "\ufffd\udcff"],
    ["a surrogate in UTF-8", [0xed, 0xb3, 0xb6], "\udced\udcb3\udcb6"],
    ["an overlong slash", [0xc0, 0xaf], "\udcc0\udcaf"],
    ["a cut character", [0xe2, 0x82], "\udce2\udc82"],
    ["a byte order mark", [0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
  ])("%s", (_, bytes, path) => {
    expect(decodePath(Uint8Array.from(bytes))).toBe(path);
  });
});
