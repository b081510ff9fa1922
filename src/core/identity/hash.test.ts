import { describe, expect, it } from "vitest";
import { SHA1, SHA256 } from "../testing/arbitraries.ts";
import { blobOid, sha256Hex } from "./hash.ts";

const hello = new TextEncoder().encode("hello\n");

describe("hash", () => {
  it("is sha256, of text as UTF-8", () => {
    expect(sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256Hex("ü")).toBe(sha256Hex(new TextEncoder().encode("ü")));
  });

  it("is the id that Git gives a blob, in the repository's own hash", () => {
    expect(blobOid(new Uint8Array(), SHA1)).toBe("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    expect(blobOid(hello, SHA1)).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
    expect(blobOid(hello, SHA256)).toBe("2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4");
  });
});
