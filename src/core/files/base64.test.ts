import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";

describe("base64", () => {
  it.each([
    [[], ""],
    [[0xff], "/w=="],
    [[0xfb, 0xef], "++8="],
    [[0, 1, 2], "AAEC"],
  ])("encodes %j as %j", (bytes, text) => {
    expect(encodeBase64(Uint8Array.from(bytes))).toBe(text);
  });

  it("decodes its own output, also of large files", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
      }),
    );
    const large = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
    expect(decodeBase64(encodeBase64(large))).toEqual(large);
  });

  it("encodes like Node's Buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      }),
    );
  });

  it.each(["a", "!", "ü", "YQ=", "YQ==YQ==", "-_8="])("rejects %j", (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});
