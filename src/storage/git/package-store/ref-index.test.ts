import { describe, expect } from "vitest";
import { ANNOTATION_CONFIRM_HISTORY } from "../../../api/v1alpha1/well-known.ts";
import { OPERATOR } from "../../../core/identity/person.ts";
import { trailersOf } from "../../../core/testing/discovered.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { BRANCH, openStore } from "../testing/open-store.ts";
import type { TestRepository } from "../testing/repositories.ts";
import { pushSignedDraft } from "../testing/signed-draft.ts";
import type { GitPackageStore } from "./package-store.ts";

/** The object of the draft. */
const ONE = aRevision({});

/** An external branch that differs from main in the package's folder, and has a Kptfile there. */
async function pushDraft(repository: TestRepository): Promise<string> {
  await repository.git("update-ref", BRANCH, MAIN);
  await repository.commitFile(BRANCH, "dns/Kptfile", "kind: Kptfile");
  return await repository.commitFile(BRANCH, "dns/f", "draft");
}

describe("the index of refs", () => {
  it("reports package revisions that came, moved or went, and nothing without a change", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const { store, changes } = await openStore(repository);
    expect(changes).toEqual([[]]);
    await pushDraft(repository);
    await store.fetch();
    await repository.commitFile(BRANCH, "dns/f", "moved");
    await store.fetch();
    await store.fetch();
    await repository.git("update-ref", "-d", BRANCH);
    await store.fetch();
    expect(changes.slice(1)).toEqual([[BRANCH], [BRANCH], [BRANCH]]);
    expect(store.identify(ONE)).toBeUndefined();
  });

  it("reports nothing for a ref that is no package revision, and no names if only main moves", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const { store, changes } = await openStore(repository);
    await repository.git("tag", "odd");
    await store.fetch();
    expect(changes).toEqual([[]]);
    await repository.commitFile(MAIN, "README.md", "more");
    await store.fetch();
    expect(changes).toEqual([[], []]);
  });

  it("drops an external branch as a draft once main has its folder, and finds it again when main moves on", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const commit = await pushDraft(repository);
    const { store, changes } = await openStore(repository);
    expect(store.identify(ONE)).toMatchObject({ kind: "draft", commit });
    await repository.git("update-ref", MAIN, commit);
    await store.fetch();
    expect(store.identify(ONE)).toBeUndefined();
    await repository.commitFile(MAIN, "dns/f", "changed on main");
    await store.fetch();
    expect(store.identify(ONE)).toMatchObject({ kind: "draft", commit });
    expect(changes.slice(1)).toEqual([[BRANCH], [BRANCH]]);
  });

  it("reads what the operator recorded on a branch again when main takes it in, or loses it", async ({
    repository,
  }) => {
    const git = repository.git.bind(repository);
    const { commit, tree } = await pushSignedDraft(repository, { repository: "default/blue", editors: ["ann"] });
    const root = await git("rev-parse", MAIN);
    const pushOn = async (parent: string) => {
      const head = await git("commit-tree", tree, "-p", parent, "-m", "external");
      await git("update-ref", BRANCH, head);
      return head;
    };
    const mergeIntoMain = async (head: string) => {
      const main = await git("rev-parse", MAIN);
      await git("update-ref", MAIN, await git("commit-tree", `${root}^{tree}`, "-p", main, "-p", head, "-m", "merge"));
    };
    const editorsIn = (store: GitPackageStore) => {
      const found = store.identify(ONE);
      return found?.kind === "draft" ? (found.editors ?? []) : undefined;
    };
    const first = await pushOn(commit);
    await mergeIntoMain(first);
    const head = await pushOn(first);
    const { store, changes } = await openStore(repository);
    expect(editorsIn(store)).toEqual([]);
    await mergeIntoMain(head);
    await store.fetch();
    expect(editorsIn(store)).toEqual(["ann"]);
    expect(changes.at(-1)).toEqual([BRANCH]);
    await git("update-ref", MAIN, root);
    await pushOn(head);
    await store.fetch();
    expect(editorsIn(store)).toEqual(["ann"]);
    // A restarted operator reads the same.
    expect(editorsIn((await openStore(repository)).store)).toEqual(["ann"]);
  });

  it("takes a foreign branch for a draft only while its folder is a package", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    await repository.git("update-ref", BRANCH, MAIN);
    await repository.commitFile(BRANCH, "dns/f", "a typo");
    const { store } = await openStore(repository);
    const drafts = () => [...store.revisions()].flatMap((one) => (one.kind === "draft" ? [one.ref] : []));
    expect(drafts()).toEqual([]);
    expect(store.summarize().skipped).toMatchObject([{ ref: BRANCH, reason: "NotADraft" }]);
    // A new object takes it.
    expect((await store.observe(ONE)).found).toMatchObject({ kind: "draft", ref: BRANCH, isTaken: true });
    await repository.commitFile(MAIN, "dns/f", "published");
    await repository.git("tag", "dns/v1", MAIN);
    await store.fetch();
    expect(drafts()).toEqual([BRANCH]);
    await repository.git("tag", "-d", "dns/v1");
    await store.fetch();
    expect(drafts()).toEqual([]);
  });

  it("shows no branch as a draft that is at the commit of a tag, until one of the two moves", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "dns/f", "first");
    await repository.git("tag", "dns/v1", MAIN);
    const commit = await pushDraft(repository);
    const { store } = await openStore(repository);
    const drafts = () => [...store.revisions()].flatMap((one) => (one.kind === "draft" ? [one.ref] : []));
    const step = async (...args: string[]) => {
      await repository.git(...args);
      await store.fetch();
      return drafts();
    };
    expect(drafts()).toEqual([BRANCH]);
    // As another implementation of the layout leaves its branches behind, also below newer tags.
    expect(await step("tag", "dns/v2", commit)).toEqual([]);
    expect(store.summarize().skipped).toMatchObject([{ ref: BRANCH, reason: "AlreadyPublished" }]);
    expect(await step("tag", "dns/v3", MAIN)).toEqual([]);
    const again = await openStore(repository);
    expect([...again.store.revisions()].map(({ kind }) => kind)).toEqual(["published", "published", "published"]);
    expect(await step("tag", "-d", "dns/v2")).toEqual([BRANCH]);
    await step("tag", "dns/v2", commit);
    await repository.commitFile(BRANCH, "dns/f", "more");
    await store.fetch();
    expect(drafts()).toEqual([BRANCH]);
  });

  it("leaves a draft of ours a draft when others have pushed to it", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const { store } = await openStore(repository);
    const trailers = trailersOf("dns", "one");
    const text = { subject: "Start", trailers, author: OPERATOR };
    await store.begin(ONE, () => {
      return { kind: "write", request: { workspace: "one", files: [], ...text }, value: undefined };
    });
    const commit = await repository.commitFile(BRANCH, "dns/f", "theirs");
    await store.fetch();
    expect(store.identify(ONE)).toMatchObject({ kind: "draft", commit });
    const again = await openStore(repository);
    expect(again.store.identify(ONE)).toMatchObject({ kind: "draft", commit });
  });

  it("classifies refs again after an error in between", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const { store, mirror } = await openStore(repository);
    await pushDraft(repository);
    const { treeAt } = mirror.reader;
    let failures = 1;
    mirror.reader.treeAt = async (...parameters) => {
      if (failures-- > 0) throw new Error("interrupted");
      return await treeAt.apply(mirror.reader, parameters);
    };
    await expect(store.fetch()).rejects.toThrow("interrupted");
    await store.refresh();
    expect(store.identify(ONE)).toMatchObject({ kind: "draft" });
  });

  it("accepts exactly the confirmed rewrite of main", async ({ repository }) => {
    const lost = await repository.commitFile(MAIN, "f", "1");
    const { store } = await openStore(repository);
    await repository.git("update-ref", "-d", MAIN);
    const now = await repository.commitFile(MAIN, "f", "other");
    await store.fetch();
    expect(store.summarize().rewrite).toEqual({ ref: MAIN, lost, now });
    await store.acceptHistory({ [ANNOTATION_CONFIRM_HISTORY]: `${now}..${lost}` });
    await store.acceptHistory(undefined);
    expect(store.summarize()).toMatchObject({ commit: lost, rewrite: { lost } });
    await store.acceptHistory({ [ANNOTATION_CONFIRM_HISTORY]: `${lost}..${now}` });
    expect(store.summarize()).toMatchObject({ commit: now });
    expect(store.summarize()).not.toHaveProperty("rewrite");
  });

  it("reports a main that is rewritten once more while the acceptance is recorded", async ({ repository }) => {
    const lost = await repository.commitFile(MAIN, "f", "1");
    const { store, mirror } = await openStore(repository);
    await repository.git("update-ref", "-d", MAIN);
    const accepted = await repository.commitFile(MAIN, "f", "other");
    await store.fetch();
    const record = mirror.recordFollowed.bind(mirror);
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    mirror.recordFollowed = async (...parameters) => {
      reached.resolve();
      await released.promise;
      await record(...parameters);
    };
    const accepting = store.acceptHistory({ [ANNOTATION_CONFIRM_HISTORY]: `${lost}..${accepted}` });
    await reached.promise;
    await repository.git("update-ref", "-d", MAIN);
    const now = await repository.commitFile(MAIN, "f", "third");
    await mirror.fetch();
    const refreshing = store.refresh();
    released.resolve();
    await Promise.all([accepting, refreshing]);
    expect(store.summarize().rewrite).toEqual({ ref: MAIN, lost: accepted, now });
  });
});
