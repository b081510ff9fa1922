import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { blobOid, blobOidInSteps, sha256Hex, sha256InSteps } from "./hash.ts";

const hello = new TextEncoder().encode("hello\n");

describe("hash", () => {
  it("hashes a text as UTF-8", () => {
    expect(sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256Hex("ü")).toBe(sha256Hex(new TextEncoder().encode("ü")));
  });

  it("computes the ids of Git's blobs in both object formats", () => {
    expect(blobOid(new Uint8Array(), "sha1")).toBe("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    expect(blobOid(hello, "sha1")).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
    expect(blobOid(hello, "sha256")).toBe("2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4");
  });

  it("computes the same hash in short steps, and caches it", () => {
    const bytes = new Uint8Array(1_000_000).fill(7);
    for (const hash of [() => sha256InSteps(bytes), () => blobOidInSteps(bytes, "sha1")]) {
      const steps = [...hash()];
      expect(Math.max(...steps)).toBeLessThanOrEqual(128 * 1024);
      expect(steps.reduce((sum, step) => sum + step, 0)).toBe(bytes.length);
      expect([...hash()]).toEqual([]);
    }
    const same = new Uint8Array(bytes);
    expect([sha256InSteps(bytes).next().value, blobOidInSteps(bytes, "sha1").next().value]).toEqual([
      sha256Hex(same),
      blobOid(same, "sha1"),
    ]);
    expect([sha256Hex(bytes), blobOid(bytes, "sha1"), blobOid(bytes, "sha256")]).toEqual([
      sha256Hex(same),
      createHash("sha1").update(`blob ${same.length}\0`).update(same).digest("hex"),
      blobOid(same, "sha256"),
    ]);
    expect(sha256Hex(same)).toBe(createHash("sha256").update(same).digest("hex"));
  });
});
