import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RepositorySpec } from "../../api/v1alpha1/repository-spec.ts";
import { publishedRef } from "../testing/discovered.ts";
import { aRepository, aRevision, aView, observed } from "../testing/observed.ts";
import { change } from "../testing/publish-facts.ts";
import type { RevisionView } from "./observation.ts";
import { describeBase, isToBeRebased, outdatedBy, planRebase, rebasedLock } from "./rebase.ts";

interface Facts {
  readonly base?: string;
  readonly latest?: string;
  readonly view?: Partial<RevisionView>;
  readonly repository?: Partial<RepositorySpec>;
}

function planOf({ base, latest, view: more, repository }: Facts) {
  const view = aView({
    mainCommit: "m2",
    ...more,
    ...(latest !== undefined && { latest: publishedRef("dns", latest) }),
  });
  const facts = { view, editors: [], repository: aRepository(repository) };
  return planRebase(observed(aRevision({}), facts), view, {
    ...(base !== undefined && { revision: base }),
    commit: "m1",
  });
}

const ahead = { ...change, holdsLatest: true };
const diverged = (more: Partial<RevisionView>): Partial<RevisionView> => ({
  own: { main: "t4", base: "t1", head: "t2", latest: "t1" },
  ...more,
});

describe("planRebase", () => {
  it.each<[string, Facts, object]>([
    ["the latest revision", { base: "v1", latest: "v2" }, { revision: "v2", commit: "m1" }],
    ["the one before, if the base was deleted", { base: "v2", latest: "v1" }, { revision: "v1", commit: "m1" }],
    ["the first, if there was none", { latest: "v1" }, { revision: "v1", commit: "m1" }],
    [
      "main, where it is ahead",
      { base: "v1", latest: "v1", view: diverged({ mainChange: ahead }) },
      { revision: "v1", commit: "m1", mainCommit: "m2" },
    ],
    [
      "main, which has the latest revision",
      { base: "v1", latest: "v2", view: diverged({ mainChange: ahead }) },
      { revision: "v2", commit: "m1", mainCommit: "m2" },
    ],
    ["main, if nothing is published", { view: diverged({ mainChange: ahead }) }, { commit: "m1", mainCommit: "m2" }],
    [
      "the latest revision, which main never had",
      { base: "v1", latest: "v2", view: diverged({ mainChange: change }) },
      { revision: "v2", commit: "m1" },
    ],
    [
      "the latest revision, where main has another history",
      { base: "v1", latest: "v2", view: diverged({ mainChange: ahead, mainLost: "m0" }) },
      { revision: "v2", commit: "m1" },
    ],
    [
      "the latest revision, where only tags are published",
      { base: "v1", latest: "v2", view: diverged({ mainChange: ahead }), repository: { publish: "tagOnly" } },
      { revision: "v2", commit: "m1" },
    ],
  ])("rebases onto %s", (_, facts, base) => {
    expect(planOf(facts)).toMatchObject({ kind: "mainCommit" in base ? "main" : "latest", base });
  });

  it.each<[string, Facts]>([
    ["the latest revision", { base: "v2", latest: "v2" }],
    ["nothing, of which nothing is published", {}],
    ["what main has", { base: "v1", latest: "v1", view: { own: { main: "t2", base: "t1", head: "t2" } } }],
    [
      "a main that was merged",
      { base: "v1", latest: "v1", view: diverged({ mainChange: { ...ahead, merged: true } }) },
    ],
    [
      "a revision whose folder main never had",
      { base: "v1", latest: "v1", view: { own: { main: "absent", base: "t1", head: "t2" } } },
    ],
  ])("leaves a draft alone that has %s", (_, facts) => {
    expect(planOf(facts)).toMatchObject({ kind: "end", result: "UpToDate" });
  });

  it.each<[string, Partial<RevisionView>, string]>([
    ["was set back", { mainChange: ahead, mainRevision: "v0" }, "has the contents of v0, though v1 is the latest"],
    ["was removed", { own: { main: "absent", base: "t1", head: "t2" }, mainChange: ahead }, "was removed (commit c4)"],
    ["never had the latest", { mainChange: change }, "was changed, and never had v1 (commit c4)"],
    ["has another history", { mainChange: ahead, mainLost: "m0" }, "was rewritten on the remote"],
  ])("refuses to take main that %s", (_, view, message) => {
    const plan = planOf({ base: "v1", latest: "v1", view: diverged(view) });
    expect(plan).toMatchObject({ kind: "end", result: "Refused", message: expect.stringContaining(message) });
  });

  it("has nothing to do after it was done", () => {
    const revision = fc.constantFrom(undefined, "v1", "v2");
    fc.assert(
      fc.property(revision, revision, (base, latest) => {
        const facts = { ...(base !== undefined && { base }), ...(latest !== undefined && { latest }) };
        const plan = planOf(facts);
        if (plan.kind === "end") return;
        const next = { ...facts, ...(plan.base.revision !== undefined && { base: plan.base.revision }) };
        expect(planOf(next)).toMatchObject({ kind: "end", result: "UpToDate" });
      }),
    );
  });
});

describe("isToBeRebased", () => {
  const annotations = { "pkg.pkgserver.dev/rebase-requested-by": "ann" };

  it("is true of a draft that somebody wants to be rebased, and that is to stay one", () => {
    const draft = { status: { lifecycle: "draft" as const }, annotations };
    expect(isToBeRebased(aRevision(draft))).toBe(true);
    expect(isToBeRebased(aRevision({ status: draft.status }))).toBe(false);
    expect(isToBeRebased(aRevision({ ...draft, deleted: true }))).toBe(false);
    expect(isToBeRebased(aRevision({ ...draft, spec: { lifecycle: "proposed" } }))).toBe(false);
    expect(isToBeRebased(aRevision({ status: { lifecycle: "proposed" }, annotations }))).toBe(false);
    expect(isToBeRebased(aRevision({ annotations }))).toBe(false);
  });
});

describe("outdatedBy", () => {
  it("is the latest revision, if the base is another one", () => {
    expect(outdatedBy({ revision: "v1" }, { revision: "v2" })).toBe("v2");
    expect(outdatedBy({}, { revision: "v1" })).toBe("v1");
    expect(outdatedBy({ revision: "v2" }, { revision: "v2" })).toBeUndefined();
    expect(outdatedBy({ revision: "v2" }, undefined)).toBeUndefined();
    expect(outdatedBy(undefined, { revision: "v2" })).toBeUndefined();
  });
});

describe("rebasedLock", () => {
  const lock = (revision: string) => ({ repository: "blue", package: "lib", revision, commit: "c1", digest: "d1" });

  it("is that of the latest revision, unless the draft has been upgraded itself", () => {
    expect(rebasedLock(lock("v1"), lock("v1"), lock("v2"))).toEqual(lock("v2"));
    expect(rebasedLock(lock("v3"), lock("v1"), lock("v2"))).toEqual(lock("v3"));
    expect(rebasedLock(lock("v1"), lock("v1"), undefined)).toEqual(lock("v1"));
    expect(rebasedLock(undefined, undefined, lock("v1"))).toEqual(lock("v1"));
  });
});

describe("describeBase", () => {
  it("names the revision, and the commit of main", () => {
    expect(describeBase({ revision: "v1", mainCommit: "c1" })).toBe("v1, main c1");
    expect(describeBase({ mainCommit: "c1" })).toBe("main c1");
    expect(describeBase({ revision: "v1" })).toBe("v1");
    expect(describeBase({})).toBe("");
  });
});
