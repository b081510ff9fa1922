import { describe, expect, it } from "vitest";
import type { Layout } from "../identity/location.ts";
import type { CommitMetadata } from "../revision/commit-trailers.ts";
import { oid, trailersOf } from "../testing/discovered.ts";
import { classifyRef, folderOfRef, isForeignBranch, type RefFacts } from "./classify-ref.ts";

const CATALOG: Layout = { directory: "", deployment: false };
const DEPLOYMENT: Layout = { directory: "packages", deployment: true };
const commit = oid(1);
const tree = oid(2);
const IN_PACKAGE = { isPackage: true, isPublished: false };
const UNCHANGED = /^the branch does not change the folder dns$/;

const classify = (ref: string, more: Partial<RefFacts> = {}, layout = CATALOG, mainTree?: string) =>
  classifyRef(layout, { ref, commit, tree, ...more }, { ...IN_PACKAGE, mainTree });
/** Facts without a commit or a tree. */
const without = (ref: string, facts: Omit<RefFacts, "ref">, layout = CATALOG) =>
  classifyRef(layout, { ref, ...facts }, IN_PACKAGE);

describe("a tag that is not verified", () => {
  it("is skipped with the reason", () => {
    const facts = { commit: oid(1), tree: oid(2), notVerified: "the tag is not signed" };
    expect(classifyRef(CATALOG, { ref: "refs/tags/dns/v1", ...facts }, IN_PACKAGE)).toEqual({
      kind: "skipped",
      ref: "refs/tags/dns/v1",
      reason: "NotVerified",
      message: "the tag is not signed",
    });
  });
});

describe("a tag with a large number", () => {
  const large = "v1000000000000000";
  const message = "a number of more than 15 digits counts only in a tag of the operator";
  const of = (revision: string) => trailersOf("dns", "one", { lifecycle: "published", revision });

  it.each<[string, string, Partial<RefFacts>]>([
    ["of an external client", `refs/tags/dns/${large}`, {}],
    ["that the operator signed for another number", `refs/tags/dns/${large}`, { trailers: of("v1") }],
    ["that keeps a number", `refs/tags/dns/deleted-${large}`, {}],
  ])("is skipped: one %s", (_, ref, facts) => {
    expect(classify(ref, facts)).toEqual({ kind: "skipped", ref, reason: "NotARevision", message });
  });

  it("counts if the operator made it", () => {
    expect(classify(`refs/tags/dns/${large}`, { trailers: of(large) })).toMatchObject({ kind: "published" });
    expect(classify("refs/tags/dns/v999999999999999")).toMatchObject({ kind: "published" });
  });
});

describe("classifyRef", () => {
  it("classifies a tag at an existing folder as a published revision", () => {
    expect(classify("refs/tags/net/dns/v1", { time: 7 })).toEqual({
      kind: "published",
      ref: "refs/tags/net/dns/v1",
      path: "net/dns",
      location: { realm: "net", package: "dns" },
      revision: "v1",
      commit,
      tree,
      time: 7,
    });
    expect(classify("refs/tags/packages/edge/dns/v1.2.3", {}, DEPLOYMENT)).toMatchObject({
      kind: "published",
      path: "packages/edge/dns",
      location: { target: "edge", package: "dns" },
      revision: "v1.2.3",
    });
    expect(classify("refs/tags/net/dns/v1")).not.toHaveProperty("time");
  });

  it("classifies a branch whose folder differs from main as a draft", () => {
    const draft = {
      kind: "draft",
      ref: "refs/heads/net/dns/one",
      path: "net/dns",
      location: { realm: "net", package: "dns" },
      workspace: "one",
      commit,
      tree,
    };
    expect(classify("refs/heads/net/dns/one")).toEqual(draft);
    expect(classify("refs/heads/net/dns/one", {}, CATALOG, oid(3))).toEqual(draft);
  });

  it("leaves a foreign branch alone whose folder is no package, and tells how to take it", () => {
    const facts = { ref: "refs/heads/team/docs/fix-typo", commit, tree };
    expect(classifyRef(CATALOG, facts, { mainTree: oid(3), isPackage: false, isPublished: false })).toMatchObject({
      kind: "skipped",
      reason: "NotADraft",
      message:
        "the folder team/docs is no package yet, and has no Kptfile: to take the branch as a draft, create a " +
        'PackageRevision with {"realm":"team","package":"docs","workspace":"fix-typo"} as its spec.packageRevID',
    });
    expect(
      classifyRef(CATALOG, { ...facts, isClaimed: true }, { mainTree: oid(3), isPackage: false, isPublished: false }),
    ).toMatchObject({ kind: "draft" });
    const trailers = trailersOf("team/docs", "fix-typo");
    expect(
      classifyRef(CATALOG, { ...facts, trailers }, { mainTree: oid(3), isPackage: false, isPublished: false }),
    ).toMatchObject({ kind: "draft" });
  });

  it("leaves a foreign branch alone that is at the commit of a tag, and no draft of the operator", () => {
    const facts = { ref: "refs/heads/net/dns/one", commit, tree };
    const published = { ...IN_PACKAGE, mainTree: oid(3), isPublished: true };
    expect(classifyRef(CATALOG, facts, published)).toMatchObject({ kind: "skipped", reason: "AlreadyPublished" });
    const trailers = trailersOf("net/dns", "one");
    expect(classifyRef(CATALOG, { ...facts, trailers }, published)).toMatchObject({ kind: "draft" });
  });

  it("classifies a branch with trailers as a draft, without changes or files, too", () => {
    const trailers = trailersOf("dns", "one");
    expect(classify("refs/heads/dns/one", { trailers }, CATALOG, tree)).toMatchObject({ kind: "draft", trailers });
    const empty = without("refs/heads/dns/one", { commit, trailers });
    expect(empty).toMatchObject({ kind: "draft", trailers });
    expect(empty).not.toHaveProperty("tree");
  });

  it.each<[string, CommitMetadata]>([
    ["another package", trailersOf("other", "one")],
    ["another workspace", trailersOf("dns", "two")],
  ])("ignores the trailers of %s", (_, trailers) => {
    expect(classify("refs/heads/dns/one", { trailers }, CATALOG, tree)).toMatchObject({ reason: "NotADraft" });
    expect(classify("refs/heads/dns/one", { trailers })).not.toHaveProperty("trailers");
  });

  it("ignores a tag's trailers of another folder", () => {
    const trailers = trailersOf("dns", "one", { lifecycle: "published" });
    expect(classify("refs/tags/dns/v1", { trailers })).toMatchObject({ kind: "published", trailers });
    expect(classify("refs/tags/net/dns/v1", { trailers })).not.toHaveProperty("trailers");
  });

  it("takes the tag of a deleted draft for neither a revision nor a skipped ref", () => {
    const ref = "refs/tags/net/dns/deleted-one-0123456789ab";
    expect(without(ref, {})).toEqual({ kind: "deletedDraft", ref });
  });

  it("classifies a tombstone", () => {
    const ref = "refs/tags/net/dns/deleted-v3";
    expect(without(ref, {})).toEqual({ kind: "tombstone", ref, path: "net/dns", revision: "v3" });
  });

  it.each<[string, Layout, string]>([
    ["refs/tags/dns/latest", CATALOG, "NotARevision"],
    ["refs/tags/dns/deleted-foo", CATALOG, "NotARevision"],
    ["refs/tags/dns/v1-rc1", CATALOG, "NotARevision"],
    ["refs/tags/v1", CATALOG, "NoPackagePath"],
    ["refs/tags/v1", DEPLOYMENT, "NoPackagePath"],
    ["refs/tags/dns/v1", DEPLOYMENT, "OutsideDirectory"],
    ["refs/tags/packages/edge/v1", DEPLOYMENT, "NoTarget"],
    ["refs/tags/dns/deleted-v1", DEPLOYMENT, "OutsideDirectory"],
    ["refs/tags/deleted-v1", CATALOG, "NoPackagePath"],
    ["refs/notes/commits", CATALOG, "NotARevision"],
    ["refs/heads/main", CATALOG, "NotADraft"],
    ["refs/heads/feature/x", DEPLOYMENT, "NotADraft"],
    ["refs/heads/packages/edge/x", DEPLOYMENT, "NotADraft"],
  ])("skips %s in %j: %s", (ref, layout, reason) => {
    expect(classify(ref, {}, layout)).toEqual({ kind: "skipped", ref, reason, message: expect.stringMatching(/./) });
  });

  it.each<[string, RefFacts, string | undefined, string, RegExp]>([
    ["a tag of a blob", { ref: "refs/tags/dns/v1" }, undefined, "NotACommit", /^the tag points at no commit$/],
    ["a branch without a commit", { ref: "refs/heads/dns/one" }, undefined, "NotACommit", /^the branch points at no/],
    ["a tag without its folder", { ref: "refs/tags/dns/v1", commit }, undefined, "FolderMissing", /no folder dns$/],
    ["a branch without its folder", { ref: "refs/heads/dns/one", commit }, undefined, "NotADraft", UNCHANGED],
    ["a branch without the folder that main has", { ref: "refs/heads/dns/one", commit }, tree, "NotADraft", UNCHANGED],
    ["a branch without changes", { ref: "refs/heads/dns/one", commit, tree }, tree, "NotADraft", UNCHANGED],
    [
      "a branch named like an option",
      { ref: "refs/heads/--x/one", commit, tree },
      undefined,
      "NotADraft",
      /folder --x$/,
    ],
  ])("skips %s", (_, facts, mainTree, reason, message) => {
    const skipped = { kind: "skipped", ref: facts.ref, reason, message: expect.stringMatching(message) };
    expect(classifyRef(CATALOG, facts, { ...IN_PACKAGE, mainTree })).toEqual(skipped);
  });
});

describe("isForeignBranch", () => {
  it.each<[string, CommitMetadata | undefined, boolean]>([
    ["refs/heads/net/dns/one", undefined, true],
    ["refs/heads/net/dns/one", trailersOf("net/dns", "two"), true],
    ["refs/heads/net/dns/one", trailersOf("dns", "one"), true],
    ["refs/heads/net/dns/one", trailersOf("net/dns", "one"), false],
    ["refs/tags/net/dns/v1", undefined, false],
    ["refs/notes/commits", undefined, false],
  ])("of %s with the trailers %j is %s", (ref, trailers, is) => {
    expect(isForeignBranch({ ref, ...(trailers !== undefined && { trailers }) })).toBe(is);
  });
});

describe("folderOfRef", () => {
  it.each([
    ["refs/tags/net/dns/v1", "net/dns"],
    ["refs/heads/net/dns/one", "net/dns"],
    ["refs/heads/main", undefined],
    ["refs/tags/v1", undefined],
    ["refs/tags/dns/deleted-v1", undefined],
    ["refs/notes/x/y", undefined],
  ])("of %s is %s", (ref, folder) => {
    expect(folderOfRef(ref)).toBe(folder);
  });
});
