import { describe, expect, it } from "vitest";
import { DocumentCache } from "./document-cache.ts";

const kept = (text: string) => ({ hash: text, document: { apiVersion: "v1", digest: text, text } });

describe("DocumentCache", () => {
  it("keeps the documents that were used last, up to a size", () => {
    const cache = new DocumentCache(10);
    cache.set("a", kept("aaaa"));
    cache.set("b", kept("bbbb"));
    expect(cache.get("a")?.hash).toBe("aaaa");
    cache.set("c", kept("cccc"));
    expect(["a", "b", "c"].filter((one) => cache.get(one) !== undefined)).toEqual(["a", "c"]);
  });

  it("counts a document that is replaced once", () => {
    const cache = new DocumentCache(10);
    for (const text of ["one", "two", "three"]) cache.set("a", kept(text));
    cache.set("b", kept("bbbbb"));
    expect([cache.get("a")?.hash, cache.get("b")?.hash]).toEqual(["three", "bbbbb"]);
  });

  it("does not keep what is larger than all together may be", () => {
    const cache = new DocumentCache(3);
    cache.set("a", kept("aaaa"));
    expect(cache.get("a")).toBeUndefined();
    cache.set("b", kept("bbb"));
    expect(cache.get("b")?.hash).toBe("bbb");
  });
});
