import { describe, expect, it } from "vitest";
import { ReservedRevisions } from "./reserved-revisions.ts";

const V1 = "refs/tags/dns/v1";

describe("ReservedRevisions", () => {
  it("reserves the numbers of tags by their folders, until the tag is deleted", () => {
    const reserved = new ReservedRevisions();
    for (const ref of [V1, "refs/tags/dns/v2", "refs/tags/web/v7"]) reserved.add(ref);
    expect(reserved.latest("dns")).toBe("v2");
    reserved.delete("refs/tags/dns/v2");
    expect(reserved.latest("dns")).toBe("v1");
    reserved.delete(V1);
    expect([reserved.latest("dns"), reserved.latest("web")]).toEqual([undefined, "v7"]);
  });

  it("ignores large numbers", () => {
    const reserved = new ReservedRevisions();
    for (const ref of [V1, "refs/tags/dns/v1000000000000000"]) reserved.add(ref);
    expect(reserved.latest("dns")).toBe("v1");
  });

  it("ignores branches, other tags, and the deletion of what it does not have", () => {
    const reserved = new ReservedRevisions();
    for (const ref of ["refs/heads/dns/v1", "refs/tags/dns/latest", "refs/tags/dns/deleted-v1"]) reserved.add(ref);
    expect(reserved.latest("dns")).toBeUndefined();
    reserved.add(V1);
    for (const ref of ["refs/heads/dns/v1", "refs/tags/dns/v3", "refs/tags/web/v1"]) reserved.delete(ref);
    expect(reserved.latest("dns")).toBe("v1");
  });
});
