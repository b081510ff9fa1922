import { describe, expect, it } from "vitest";
import { draftBranch, oid, publishedRef, tombstone } from "../testing/discovered.ts";
import type { Classified } from "./classify-ref.ts";
import { PackageIndex } from "./package-index.ts";

function indexOf(...refs: Classified[]): PackageIndex {
  const index = new PackageIndex("blue");
  for (const one of refs) index.update(one.ref, one);
  return index;
}

const set = (index: PackageIndex, one: Classified) => [...index.update(one.ref, one)].sort();
const remove = (index: PackageIndex, one: Classified) => [...index.update(one.ref, undefined)].sort();
const names = (index: PackageIndex) => [...index.names()].sort();

describe("PackageIndex", () => {
  it("finds the ref of each object name", () => {
    const [v1, draft] = [publishedRef("net/dns", "v1"), draftBranch("net/dns", "one")];
    const index = indexOf(v1, draft, tombstone("net/dns", "v2"));
    expect(names(index)).toEqual(["catalog.blue.net.dns.one", "catalog.blue.net.dns.v1"]);
    expect(index.byName("catalog.blue.net.dns.v1")).toEqual(v1);
    expect(index.byName("catalog.blue.net.dns.one")).toEqual(draft);
    expect(index.byName("catalog.blue.net.dns.v2")).toBeUndefined();
    expect(index.counts()).toEqual({ packages: 1, published: 1, drafts: 1, skipped: 0 });
  });

  it("never allocates the number of a skipped tag", () => {
    const skipped = (revision: string) =>
      ({ kind: "skipped", ref: `refs/tags/dns/${revision}`, reason: "FolderMissing", message: "no folder" }) as const;
    const index = indexOf(publishedRef("dns", "v1"), skipped("v2"), skipped("v1.5.x"));
    expect([index.next("dns"), index.next("other")]).toEqual(["v3", "v1"]);
    set(index, publishedRef("dns", "v2"));
    expect(index.next("dns")).toBe("v3");
    remove(index, publishedRef("dns", "v2"));
    expect(index.next("dns")).toBe("v2");
  });

  it("finds the latest and the previous revisions by number", () => {
    const index = indexOf(...["v9", "v10", "v1.2.3", "v1"].map((revision) => publishedRef("dns", revision)));
    expect(index.latest("dns")?.revision).toBe("v10");
    expect(["v10", "v9", "v1.2.3", "v1"].map((revision) => index.previous("dns", revision)?.revision)).toEqual([
      "v9",
      "v1.2.3",
      "v1",
      undefined,
    ]);
    remove(index, publishedRef("dns", "v10"));
    expect(index.latest("dns")?.revision).toBe("v9");
    expect(index.latest("other")).toBeUndefined();
    expect(index.previous("other", "v1")).toBeUndefined();
  });

  it("affects a restored revision when its tombstone is deleted", () => {
    const index = indexOf(publishedRef("dns", "v1"), publishedRef("dns", "v2"), tombstone("dns", "v1"));
    expect(remove(index, tombstone("dns", "v1"))).toEqual(["catalog.blue.dns.v1"]);
  });

  it("never allocates a deleted number again, even if nothing else is left of the package", () => {
    const index = indexOf(publishedRef("dns", "v1"), tombstone("dns", "v2"));
    expect([index.next("dns"), index.next("other")]).toEqual(["v3", "v1"]);
    remove(index, publishedRef("dns", "v1"));
    expect([index.next("dns"), index.counts().packages]).toEqual(["v3", 0]);
    remove(index, tombstone("dns", "v2"));
    expect([index.next("dns"), index.package("dns")]).toEqual(["v1", undefined]);
  });

  it("finds the packages above and below a folder", () => {
    const index = indexOf(
      ...["a", "a/b/c", "a/b", "ab"].map((path) => publishedRef(path, "v1")),
      tombstone("a/deleted", "v1"),
    );
    expect([index.nested("a"), index.nested("a/b"), index.nested("a/b/c")]).toEqual([["a/b", "a/b/c"], ["a/b/c"], []]);
    expect([index.enclosing("a/b/c"), index.enclosing("a"), index.enclosing("a/x/y")]).toEqual([
      ["a", "a/b"],
      [],
      ["a"],
    ]);
    remove(index, publishedRef("a/b", "v1"));
    expect([index.nested("a"), index.enclosing("a/b/c")]).toEqual([["a/b/c"], ["a"]]);
  });

  it("affects the object of a new, moved or deleted ref", () => {
    const index = indexOf();
    expect(set(index, draftBranch("dns", "one"))).toEqual(["catalog.blue.dns.one"]);
    expect(set(index, draftBranch("dns", "one", { commit: oid(7) }))).toEqual(["catalog.blue.dns.one"]);
    expect(index.byName("catalog.blue.dns.one")?.commit).toBe(oid(7));
    expect(remove(index, draftBranch("dns", "one"))).toEqual(["catalog.blue.dns.one"]);
    expect(remove(index, draftBranch("dns", "one"))).toEqual([]);
  });

  it("affects drafts and the former latest revision when the latest one changes", () => {
    const index = indexOf(publishedRef("dns", "v1"), publishedRef("dns", "v2"), draftBranch("dns", "one"));
    const affected = ["catalog.blue.dns.one", "catalog.blue.dns.v2", "catalog.blue.dns.v3"];
    expect(set(index, publishedRef("dns", "v3"))).toEqual(affected);
    expect(remove(index, publishedRef("dns", "v3"))).toEqual(affected);
    expect(remove(index, publishedRef("dns", "v1"))).toEqual(["catalog.blue.dns.v1"]);
  });

  it("gives the name of a draft to the revision published from it", () => {
    const [draft, tag] = [draftBranch("dns", "one"), publishedRef("dns", "v1", { workspace: "one" })];
    for (const order of [
      [draft, tag],
      [tag, draft],
    ]) {
      const index = indexOf(...order);
      expect(names(index)).toEqual(["catalog.blue.dns.one"]);
      expect(index.byName("catalog.blue.dns.one")).toEqual(tag);
      remove(index, draft);
      expect(index.byName("catalog.blue.dns.one")).toEqual(tag);
      expect(index.counts()).toEqual({ packages: 1, published: 1, drafts: 0, skipped: 0 });
    }
  });

  it("gives a name back when the revision that took it is deleted", () => {
    const [draft, tag] = [draftBranch("dns", "one"), publishedRef("dns", "v1", { workspace: "one" })];
    const index = indexOf(draft, tag);
    expect(remove(index, tag)).toContain("catalog.blue.dns.one");
    expect(index.byName("catalog.blue.dns.one")).toEqual(draft);
  });

  it("names a second revision of one workspace by its number, in any order", () => {
    const [v1, v2] = ["v1", "v2"].map((revision) => publishedRef("dns", revision, { workspace: "one" }));
    if (v1 === undefined || v2 === undefined) throw new Error("two refs");
    for (const index of [indexOf(v1, v2), indexOf(v2, v1)]) {
      expect(index.byName("catalog.blue.dns.one")).toEqual(v1);
      expect(index.byName("catalog.blue.dns.v2")).toEqual(v2);
    }
  });

  it("gives a name that becomes free to the oldest revision that prefers it", () => {
    const revisions = ["v1", "v3", "v2"].map((revision) => publishedRef("dns", revision, { workspace: "one" }));
    const index = indexOf(...revisions);
    index.update("refs/tags/dns/v1", undefined);
    expect(index.byName("catalog.blue.dns.one")).toEqual(revisions[2]);
  });

  it("does not affect a revision that keeps its name while the one before it moves", () => {
    const [v1, v2] = ["v1", "v2"].map((revision) => publishedRef("dns", revision, { workspace: "one" }));
    if (v1 === undefined || v2 === undefined) throw new Error("two refs");
    expect(set(indexOf(v1, v2), { ...v1, commit: oid(7) })).toEqual(["catalog.blue.dns.one"]);
  });

  it("renames all refs that prefer a name that becomes free", () => {
    const v1 = publishedRef("dns", "v1", { workspace: "one" });
    const v2 = publishedRef("dns", "v2", { workspace: "one" });
    const draft = draftBranch("dns", "v2");
    const index = indexOf(v1, v2, draft);
    expect(index.skipped(9).map((one) => one.ref)).toEqual([draft.ref]);
    expect(remove(index, v1)).toEqual(["catalog.blue.dns.one", "catalog.blue.dns.v2"]);
    expect(index.byName("catalog.blue.dns.one")).toEqual(v2);
    expect(index.byName("catalog.blue.dns.v2")).toEqual(draft);
  });

  it("skips and reports a branch with the object name of a revision", () => {
    const [draft, tag] = [draftBranch("dns", "v1"), publishedRef("dns", "v1")];
    for (const index of [indexOf(draft, tag), indexOf(tag, draft)]) {
      expect(index.byName("catalog.blue.dns.v1")).toEqual(tag);
      expect(index.counts()).toEqual({ packages: 1, published: 1, drafts: 0, skipped: 1 });
      expect(index.skipped(9)).toEqual([
        { kind: "skipped", ref: draft.ref, reason: "NameConflict", message: expect.stringContaining("name") },
      ]);
    }
  });

  it("lists the first skipped refs by name", () => {
    const skip = (ref: string) => ({ kind: "skipped", ref, reason: "NotADraft", message: "no" }) as const;
    const index = indexOf(skip("refs/heads/c"), skip("refs/heads/a"), skip("refs/heads/b"));
    expect(index.skipped(2).map((one) => one.ref)).toEqual(["refs/heads/a", "refs/heads/b"]);
    expect(index.counts().skipped).toBe(3);
    index.update("refs/heads/a", undefined);
    expect(index.counts()).toEqual({ packages: 0, published: 0, drafts: 0, skipped: 2 });
  });
});
