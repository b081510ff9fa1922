import { describe, expect, it } from "vitest";
import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import { OPERATOR } from "../../../core/identity/person.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { draftBranch, oid, publishedRef, trailersOf } from "../../../core/testing/discovered.ts";
import { aView } from "../../../core/testing/observed.ts";
import { type GitChange, messageOf } from "../push/change.ts";
import { CommitTexts } from "./commit-text.ts";
import {
  beginChange,
  commitChange,
  deleteDraftChange,
  deletePublishedChange,
  publishChange,
} from "./package-changes.ts";

const bytes = new TextEncoder().encode("x");
const trailers = trailersOf("dns", "one");
const { repository } = aView();
const texts = new CommitTexts({});
const text = { subject: "Begin", trailers, author: OPERATOR };
const nested = [{ path: "dns/a", mainTree: oid(11) }, { path: "dns/a/b", mainTree: oid(12) }, { path: "dns/new" }];
const kept = [
  { kind: "putTree", path: "dns/a", tree: oid(11) },
  { kind: "putTree", path: "dns/a/b", tree: oid(12) },
  { kind: "remove", path: "dns/new" },
];
const draft = draftBranch("dns", "one", { commit: oid(5) });
const { tree: _, ...emptyDraft } = draft;

/** The steps in short: what happens to which ref. */
const steps = (change: GitChange) => change.steps.map(({ kind, ref }) => `${kind} ${ref}`);
const editsOf = (change: GitChange, ref: string): readonly TreeEdit[] =>
  change.steps.flatMap((step) => (step.kind === "commit" && step.ref === ref ? step.commit.edits : []));

describe("beginChange", () => {
  const files = [
    { path: "a.yaml", mode: "100644", oid: oid(6), bytes },
    { path: "link", mode: "120000", oid: oid(7) },
  ] as const;

  it("makes the folder exactly the files, and leaves packages below as main has them", () => {
    const change = beginChange(aView({ mainCommit: oid(4), nested }), { workspace: "one", files, ...text }, texts);
    expect(change).toMatchObject({
      claims: ["dns"],
      steps: [{ kind: "commit", ref: "refs/heads/dns/one", from: oid(4) }],
    });
    expect(editsOf(change, "refs/heads/dns/one")).toEqual([
      { kind: "remove", path: "dns" },
      { kind: "putFile", path: "dns/a.yaml", mode: "100644", bytes },
      { kind: "putObject", path: "dns/link", mode: "120000", oid: oid(7) },
      ...kept,
    ]);
  });

  it("has a render as a commit of its own on top, which names the first one", () => {
    const edits = [{ kind: "putFile", path: "dns/a.yaml", mode: "100644", bytes }] as const;
    const digest = `sha256:${"1".repeat(64)}`;
    const render = {
      subject: "Render",
      author: OPERATOR,
      edits,
      trailers: (source: string) => ({ ...trailers, render: { digest, source, functions: [] } }),
    };
    const change = beginChange(aView(), { workspace: "one", files, ...text, render }, texts);
    expect(steps(change)).toEqual(["commit refs/heads/dns/one", "commit refs/heads/dns/one"]);
    const [, second] = change.steps;
    if (second?.kind !== "commit") throw new Error("no second commit");
    expect(second.commit.edits).toEqual(edits);
    const message = messageOf(second.commit, oid(8));
    expect(parseCommitMetadata(message)?.render).toEqual({ digest, source: oid(8), functions: [] });
  });

  it("is a root commit in an empty repository", () => {
    expect(beginChange(aView(), { workspace: "one", files: [], ...text }, texts).steps[0]).not.toHaveProperty("from");
  });
});

describe("commitChange", () => {
  it("is one recorded commit on the branch", () => {
    const edits = [{ kind: "remove", path: "dns/a" }] as const;
    const change = commitChange(aView(), { draft, edits, ...text }, texts);
    expect(change.claims).toEqual(["dns"]);
    expect(steps(change)).toEqual(["commit refs/heads/dns/one"]);
    expect(editsOf(change, draft.ref)).toEqual(edits);
    const [step] = change.steps;
    expect(step?.kind === "commit" && parseCommitMetadata(messageOf(step.commit, undefined))).toEqual({
      ...trailers,
      repository,
    });
  });
});

describe("publishChange", () => {
  const publish = (view: Parameters<typeof aView>[0], more: { tagOnly?: boolean; from?: typeof draft } = {}) => {
    const approver = { name: "eve", email: "eve@example.com" };
    const from = more.from ?? draft;
    const request = { draft: from, revision: "v2", tagOnly: more.tagOnly ?? false, trailers, approver };
    return publishChange(aView(view), request, texts);
  };
  const tagAndBranch = ["tag refs/tags/dns/v2", "delete refs/heads/dns/one"];

  it("puts the proposal on main, tags the proposed commit, and ends the branch, all at once", () => {
    const change = publish({ own: { main: "t1", head: "t2" }, nested });
    expect(steps(change)).toEqual(["commit refs/heads/main", ...tagAndBranch]);
    expect(editsOf(change, "refs/heads/main")).toEqual([{ kind: "putTree", path: "dns", tree: oid(2) }, ...kept]);
    expect(change.steps[1]).toMatchObject({ target: oid(5), tagger: { name: "eve" } });
    expect(change.claims).toEqual(["dns"]);
  });

  it.each([
    ["main has no such folder", { own: { head: "t2" } }, {}, ["commit refs/heads/main", ...tagAndBranch]],
    ["main has it already", { own: { main: "t2", head: "t2" } }, {}, ["commit refs/heads/main", ...tagAndBranch]],
    ["the Repository wants tags only", { own: { main: "t1", head: "t2" } }, { tagOnly: true }, tagAndBranch],
    ["the package has no files", { own: {} }, { from: emptyDraft }, tagAndBranch],
  ] as const)("where %s: %j", (_, view, more, expected) => {
    expect(steps(publish(view, more))).toEqual(expected);
  });

  it("is refused below more packages than a tag can record", () => {
    const many = (count: number) => Array.from({ length: count }, () => ({ path: `dns/${"x".repeat(1020)}` }));
    expect(() => publish({ nested: many(256) })).not.toThrow();
    expect(() => publish({ nested: many(257) })).toThrow(
      "the names of the 257 published packages below dns have 263168",
    );
  });

  it("records in the tag for which Repository, and which packages below are no part of it", () => {
    const [, tag] = publish({ nested }).steps;
    expect(tag?.kind === "tag" && parseCommitMetadata(tag.message)).toEqual({
      ...trailers,
      repository,
      nested: ["dns/a", "dns/a/b", "dns/new"],
    });
  });
});

describe("deleteDraftChange", () => {
  it("ends the branch", () => {
    expect(deleteDraftChange(aView(), draft, texts)).toEqual({
      steps: [{ kind: "delete", ref: "refs/heads/dns/one" }],
      claims: ["dns"],
    });
  });
});

describe("deletePublishedChange", () => {
  const [v1, v2] = [publishedRef("dns", "v1"), publishedRef("dns", "v2", { commit: oid(5) })];
  const tombstone = ["tag refs/tags/dns/deleted-v2", "delete refs/tags/dns/v2"];
  const remove = (view: Parameters<typeof aView>[0], tagOnly = false) =>
    deletePublishedChange(aView(view), v2, { tagOnly, author: OPERATOR }, texts);
  const same = { main: "t2", head: "t2" };

  it("puts the revision before it back on main, and keeps the number and the contents in a tombstone", () => {
    const change = remove({ latest: v2, previous: v1, own: same, nested });
    expect(steps(change)).toEqual(["commit refs/heads/main", ...tombstone]);
    expect(editsOf(change, "refs/heads/main")).toEqual([{ kind: "putTree", path: "dns", tree: v1.tree }, ...kept]);
    expect(change.steps[1]).toMatchObject({ target: oid(5) });
  });

  it("removes the folder with the last revision, but not the packages below", () => {
    const change = remove({ latest: v2, own: same, nested });
    expect(editsOf(change, "refs/heads/main")).toEqual([{ kind: "remove", path: "dns" }, ...kept]);
  });

  it("does so too where all that is left of it on main is ours", () => {
    const part = { own: { main: "t9", head: "t2" }, isMainOurs: true };
    expect(steps(remove({ latest: v2, previous: v1, ...part }))).toContain("commit refs/heads/main");
    expect(steps(remove({ latest: publishedRef("dns", "v3"), previous: v1, ...part }))).toEqual(tombstone);
  });

  it.each([
    ["it is not the latest", { latest: publishedRef("dns", "v3"), previous: v1, own: same }, false],
    ["main has something else", { latest: v2, previous: v1, own: { main: "t9", head: "t2" } }, false],
    ["main was not compared", { latest: v2, previous: v1, own: {} }, false],
    ["the Repository wants tags only", { latest: v2, previous: v1, own: same }, true],
  ] as const)("leaves main alone where %s", (_, view, tagOnly) => {
    expect(steps(remove(view, tagOnly))).toEqual(tombstone);
  });

  it("never looks like a revision to who reads the tombstone", () => {
    const [, tag] = remove({ latest: v2, own: same }).steps;
    expect(tag?.kind === "tag" && parseCommitMetadata(tag.message)).toBeUndefined();
  });

  it("leaves a tombstone that is there already as it is", () => {
    const { steps } = deletePublishedChange(
      aView({ tombstone: publishedRef("dns", "v2").commit }),
      publishedRef("dns", "v2"),
      { tagOnly: true, author: OPERATOR },
      texts,
    );
    expect(steps).toEqual([{ kind: "delete", ref: "refs/tags/dns/v2" }]);
  });
});
