import { describe, expect, it } from "vitest";
import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import { draftBranch, oid, trailersOf } from "../testing/discovered.ts";
import { aRevision } from "../testing/observed.ts";
import { NO_PREFIXES } from "./metadata-keys.ts";
import { metadataDigest } from "./recorded-metadata.ts";
import { changeByOthers, unrecordedChanges } from "./unrecorded-changes.ts";

const EDITED_BY = "pkg.pkgserver.dev/edited-by";
const CHANGED_BY = "pkg.pkgserver.dev/changed-by";
const draft = draftBranch("dns", "one");

function page(generation: number, observedGeneration: number | undefined, editedBy?: string): PackageRevisionResources {
  return {
    apiVersion: "pkg.pkgserver.dev/v1alpha1",
    kind: "PackageRevisionResources",
    metadata: {
      name: "dns",
      namespace: "default",
      generation,
      ...(editedBy !== undefined && { annotations: { [EDITED_BY]: editedBy } }),
    },
    spec: {},
    status: { ...(observedGeneration !== undefined && { observedGeneration }) },
  };
}

const shown = aRevision({ status: { lifecycle: "draft", commit: draft.commit } });
const editorsOf = (...pages: readonly PackageRevisionResources[]) =>
  unrecordedChanges(shown, draft, pages, NO_PREFIXES).map(({ by }) => by);

describe("unrecordedChanges", () => {
  it.each([
    ["none of a new page", page(1, undefined), []],
    ["none of an acknowledged page", page(4, 4, "ann\neve"), []],
    ["the last editor of a single edit", page(5, 4, "eve\nann"), ["ann"]],
    ["all editors of several edits: any of them may have made one", page(6, 4, "eve\nann"), ["eve", "ann"]],
    ["an unknown editor", page(2, 1), [undefined]],
  ])("are %s", (_, given, editors) => expect(editorsOf(given)).toEqual(editors));

  it("name the page, and no user if none is recorded", () => {
    expect(unrecordedChanges(shown, draft, [page(2, 1)], NO_PREFIXES)).toStrictEqual([{ what: "edited dns" }]);
    expect(unrecordedChanges(shown, draft, [page(2, 1, "ann")], NO_PREFIXES)).toEqual([
      { by: "ann", what: "edited dns" },
    ]);
    const { status: _, ...created } = page(1, undefined);
    expect(unrecordedChanges(shown, draft, [created], NO_PREFIXES)).toEqual([]);
  });

  it("name no user for a change of metadata that none is recorded for", () => {
    const status = { observedGeneration: 1, metadataDigest: "sha256:other" };
    const what = "changed its spec, labels or annotations";
    for (const annotations of [undefined, { note: "x" }]) {
      const object = aRevision({ labels: { tier: "gold" }, ...(annotations !== undefined && { annotations }) });
      expect(unrecordedChanges({ ...object, status }, draft, [], NO_PREFIXES)).toStrictEqual([{ what }]);
    }
  });

  it("are those of all pages", () => {
    expect(editorsOf(page(2, 1, "ann"), page(3, 3, "zoe"), page(2, 1, "eve"))).toEqual(["ann", "eve"]);
  });

  it("include a change of spec, labels or annotations that Git does not have", () => {
    const object = aRevision({ labels: { tier: "gold" }, annotations: { [CHANGED_BY]: "ann\neve" } });
    const changesOf = (digest?: string) => {
      const status = { observedGeneration: 1, ...(digest !== undefined && { metadataDigest: digest }) };
      return unrecordedChanges({ ...object, status }, draft, [], NO_PREFIXES);
    };
    expect(changesOf(metadataDigest(object, NO_PREFIXES))).toEqual([]);
    expect(changesOf("sha256:other")).toEqual([{ by: "eve", what: "changed its spec, labels or annotations" }]);
    expect(changesOf()).toEqual([]);
    const { labels } = object.metadata;
    const recorded = draftBranch("dns", "one", {
      trailers: trailersOf("dns", "one", { metadata: labels === undefined ? {} : { labels } }),
    });
    const status = { observedGeneration: 1, metadataDigest: "sha256:other" };
    expect(unrecordedChanges({ ...object, status }, recorded, [], NO_PREFIXES)).toEqual([]);
  });

  it("include a commit that the operator made of another object's contents", () => {
    const older = aRevision({ status: { lifecycle: "draft", commit: oid(99) } });
    const uid = "11111111-2222-3333-4444-555555555555";
    const mineAt = (generation: number, acknowledged = 1) => {
      const one = page(generation, acknowledged);
      return { ...one, metadata: { ...one.metadata, uid, resourceVersion: "9" } };
    };
    const mine = mineAt(2);
    const madeOf = (of: string) =>
      draftBranch("dns", "one", { trailers: trailersOf("dns", "one", { contents: `${of}/2/7` }) });
    const pushes = (of: string, page: PackageRevisionResources) =>
      unrecordedChanges(older, madeOf(of), [page], NO_PREFIXES).filter(({ isPush }) => isPush).length;
    expect(pushes(uid, mine)).toBe(0);
    expect(pushes("other", mine)).toBe(1);
    // etcd was restored to before that edit.
    expect(pushes(uid, mineAt(1))).toBe(1);
    // It was acknowledged, and the draft has other files since.
    expect(pushes(uid, mineAt(2, 2))).toBe(1);
  });

  it("include a commit of the operator that has other files, and no edit of any contents", () => {
    const contentDigest = `sha256:${"a".repeat(64)}`;
    const older = aRevision({ status: { lifecycle: "draft", commit: oid(99), contentDigest } });
    const signed = (digest?: string) =>
      draftBranch("dns", "one", { trailers: trailersOf("dns", "one", digest === undefined ? {} : { digest }) });
    expect(unrecordedChanges(older, signed(contentDigest), [], NO_PREFIXES)).toEqual([]);
    for (const other of [undefined, `sha256:${"b".repeat(64)}`])
      expect(unrecordedChanges(older, signed(other), [], NO_PREFIXES)).toMatchObject([{ isPush: true }]);
  });

  it("include a commit that the operator neither made nor has shown", () => {
    const older = aRevision({ status: { lifecycle: "draft", commit: oid(99) } });
    expect(unrecordedChanges(older, draft, [], NO_PREFIXES)).toEqual([
      { what: `pushed commit ${draft.commit} to ${draft.ref}`, isPush: true },
    ]);
    expect(unrecordedChanges(aRevision({}), draft, [], NO_PREFIXES)).toEqual([]);
    const { status, ...shows } = page(1, undefined);
    expect(
      unrecordedChanges(older, draft, [{ ...shows, status: { ...status, commit: draft.commit } }], NO_PREFIXES),
    ).toEqual([]);
  });
});

describe("changeByOthers", () => {
  const by = (name: string) => ({ by: name, what: "edited dns" });
  const unknown = { what: "edited dns" };
  const push = { what: "pushed", isPush: true };

  it("is the first change that the proposer did not make", () => {
    expect(changeByOthers([by("ann"), by("eve"), by("zoe")], "ann")).toEqual(by("eve"));
    expect(changeByOthers([by("ann")], "ann")).toBeUndefined();
    expect(changeByOthers([by("mal lory")], "mal\nlory")).toBeUndefined();
  });

  it("takes an unknown user for the proposer only if the proposer is unknown as well", () => {
    expect(changeByOthers([unknown], "ann")).toEqual(unknown);
    expect(changeByOthers([by("eve")], undefined)).toEqual(by("eve"));
    expect(changeByOthers([unknown], undefined)).toBeUndefined();
  });

  it("is every push: nobody knows who pushed", () => {
    expect([changeByOthers([push], "ann"), changeByOthers([push], undefined)]).toEqual([push, push]);
  });
});
