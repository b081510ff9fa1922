import { describe, expect, it } from "vitest";
import { revisionKey, workspaceKey } from "../identity/revision-key.ts";
import { draftBranch, oid, publishedRef, tombstone, trailersOf } from "../testing/discovered.ts";
import { updateIndex } from "../testing/update-index.ts";
import type { Classified } from "./classify-ref.ts";
import { PackageIndex } from "./package-index.ts";

function indexOf(...refs: Classified[]): PackageIndex {
  const index = new PackageIndex("blue");
  for (const one of refs) updateIndex(index, one.ref, one);
  return index;
}

const set = (index: PackageIndex, one: Classified) => [...updateIndex(index, one.ref, one).keys()].sort();
const remove = (index: PackageIndex, one: Classified) => [...updateIndex(index, one.ref, undefined).keys()].sort();
const refs = (index: PackageIndex) => [...index.revisions()].map(({ ref }) => ref).sort();

describe("PackageIndex", () => {
  it("has every revision and draft", () => {
    const [v1, draft] = [publishedRef("net/dns", "v1"), draftBranch("net/dns", "one")];
    const index = indexOf(v1, draft, tombstone("net/dns", "v2"));
    expect(refs(index)).toEqual([draft.ref, v1.ref]);
    expect(index.package("net/dns")?.published.get("v1")).toEqual(v1);
    expect(index.package("net/dns")?.drafts.get("one")).toEqual(draft);
    expect(index.counts()).toEqual({ packages: 1, published: 1, drafts: 1, skipped: 0 });
  });

  it("knows why a tag is not verified", () => {
    const skipped = (ref: string, reason: "NotADraft" | "NotVerified") =>
      ({ kind: "skipped", ref, reason, message: "why" }) as const;
    const index = indexOf(skipped("refs/heads/a", "NotADraft"), skipped("refs/tags/dns/v1", "NotVerified"));
    expect([index.notVerified("refs/tags/dns/v1"), index.notVerified("refs/heads/a")]).toEqual(["why", undefined]);
    expect(index.notVerified("refs/tags/dns/v2")).toBeUndefined();
  });

  it("takes a folder for a package if it has a revision, or a draft of the operator", () => {
    const own = draftBranch("own", "one", { trailers: trailersOf("own", "one") });
    const published = publishedRef("published", "v1");
    const index = indexOf(own, draftBranch("own", "two"), published, draftBranch("foreign", "one"));
    updateIndex(index, tombstone("deleted", "v1").ref, tombstone("deleted", "v1"));
    const packages = ["own", "published", "foreign", "deleted", "unknown"].filter((path) => index.isPackage(path));
    expect(packages).toEqual(["own", "published"]);
    expect([own.ref, published.ref, "refs/heads/own/three"].map((ref) => index.isDraft(ref))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("continues after large numbers of ours alone, and takes none whose tag is there", () => {
    const skip = (leaf: string) =>
      ({ kind: "skipped", ref: `refs/tags/dns/${leaf}`, reason: "NotARevision", message: "too large" }) as const;
    const [first, second] = [skip("v1000000000000000"), skip("deleted-v1000000000000001")];
    const index = indexOf(publishedRef("dns", "v1"), first, second);
    expect(index.next("dns")).toBe("v2");
    set(index, publishedRef("dns", "v999999999999999"));
    expect(index.next("dns")).toBe("v1000000000000002");
    set(index, publishedRef("dns", "v1000000000000002", { workspace: "one" }));
    expect(index.next("dns")).toBe("v1000000000000003");
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
    expect(remove(index, tombstone("dns", "v1"))).toEqual(["refs/tags/dns/v1"]);
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

  it("keeps a package whole when a branch is pushed below it", () => {
    const index = indexOf(publishedRef("a", "v1"), draftBranch("a/b", "one"), draftBranch("a/b/c", "one"));
    expect([index.nested("a"), index.enclosing("a/b/c")]).toEqual([[], ["a"]]);
    expect([index.overlapping("a"), index.overlapping("a/b")]).toEqual([
      ["a/b", "a/b/c"],
      ["a", "a/b/c"],
    ]);
    set(index, publishedRef("a/b", "v1"));
    expect([index.nested("a"), index.enclosing("a/b/c")]).toEqual([["a/b"], ["a", "a/b"]]);
    remove(index, publishedRef("a/b", "v1"));
    expect(index.nested("a")).toEqual([]);
  });

  it("affects a new, moved or deleted ref", () => {
    const index = indexOf();
    const { ref } = draftBranch("dns", "one");
    expect(set(index, draftBranch("dns", "one"))).toEqual([ref]);
    expect(set(index, draftBranch("dns", "one", { commit: oid(7) }))).toEqual([ref]);
    expect(index.package("dns")?.drafts.get("one")?.commit).toBe(oid(7));
    expect(remove(index, draftBranch("dns", "one"))).toEqual([ref]);
    expect(remove(index, draftBranch("dns", "one"))).toEqual([]);
  });

  it("affects a tag under its revision and under the workspaces that its messages have named", () => {
    const index = indexOf(publishedRef("dns", "v1", { workspace: "one" }));
    const moved = publishedRef("dns", "v1", { workspace: "two" });
    expect(updateIndex(index, moved.ref, moved).get(moved.ref)).toEqual([
      revisionKey("blue", moved.location, "v1"),
      workspaceKey("blue", moved.location, "one"),
      workspaceKey("blue", moved.location, "two"),
    ]);
  });

  it("affects a branch under its workspace, and a tag without a message under its revision alone", () => {
    const [branch, tag] = [draftBranch("dns", "one"), publishedRef("dns", "v1")];
    const index = indexOf();
    expect(updateIndex(index, branch.ref, branch)).toEqual(
      new Map([[branch.ref, [workspaceKey("blue", branch.location, "one")]]]),
    );
    expect(updateIndex(index, tag.ref, tag).get(tag.ref)).toEqual([revisionKey("blue", tag.location, "v1")]);
  });

  it("knows the other revisions of a workspace when one of them is deleted", () => {
    const index = indexOf(...["v1", "v2"].map((revision) => publishedRef("dns", revision, { workspace: "one" })));
    remove(index, publishedRef("dns", "v1", { workspace: "one" }));
    const recorded = [...(index.package("dns")?.recorded ?? [])];
    expect(recorded.map(([workspace, revisions]) => [workspace, [...revisions]])).toEqual([["one", ["v2"]]]);
  });

  it("affects drafts and the former latest revision when the latest one changes", () => {
    const index = indexOf(publishedRef("dns", "v1"), publishedRef("dns", "v2"), draftBranch("dns", "one"));
    const affected = ["refs/heads/dns/one", "refs/tags/dns/v2", "refs/tags/dns/v3"];
    expect(set(index, publishedRef("dns", "v3"))).toEqual(affected);
    expect(remove(index, publishedRef("dns", "v3"))).toEqual(affected);
    expect(remove(index, publishedRef("dns", "v1"))).toEqual(["refs/tags/dns/v1"]);
  });

  it("lists and counts skipped refs", () => {
    const skip = (ref: string) => ({ kind: "skipped", ref, reason: "NotADraft", message: "no" }) as const;
    const index = indexOf(skip("refs/heads/c"), skip("refs/heads/a"), skip("refs/heads/b"));
    const [group] = index.skipped.groups(2);
    expect(group?.first.map((one) => one.ref)).toEqual(["refs/heads/a", "refs/heads/b"]);
    expect(index.counts().skipped).toBe(3);
    updateIndex(index, "refs/heads/a", undefined);
    expect(index.counts()).toEqual({ packages: 0, published: 0, drafts: 0, skipped: 2 });
  });
});
