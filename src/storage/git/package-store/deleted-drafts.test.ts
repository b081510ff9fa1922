import { describe, expect } from "vitest";
import { OPERATOR } from "../../../core/identity/person.ts";
import { trailersOf } from "../../../core/testing/discovered.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { BRANCH, type OpenStore, openStore, REVISION } from "../testing/open-store.ts";
import type { TestRepository } from "../testing/repositories.ts";
import { tagForDeleted } from "./deleted-drafts.ts";

const bytes = new TextEncoder().encode("mine");

async function begin({ store }: OpenStore, uid?: string): Promise<void> {
  const files = [{ path: "f", mode: "100644", oid: "", bytes }] as const;
  const trailers = trailersOf("dns", "one", uid === undefined ? {} : { uid });
  const request = { workspace: "one", files, subject: "Start dns", trailers, author: OPERATOR };
  await store.begin(REVISION, () => ({ kind: "write", request, value: undefined }));
}

/** Begins and deletes a draft; returns the name of the tag that keeps it. */
async function beginAndDelete(open: OpenStore): Promise<string> {
  await begin(open);
  const result = await open.store.delete(REVISION, ({ found }) => {
    if (found?.kind !== "draft") throw new Error("no draft");
    return { kind: "write", request: { kind: "draft", draft: found, keep: true }, value: undefined };
  });
  await open.store.refresh();
  return result.keptAs ?? "";
}

const tagsOf = async (repository: TestRepository) =>
  (await repository.git("for-each-ref", "--format=%(refname)", "refs/tags")).split("\n").filter(Boolean);

const LATER = new Date(Date.now() + 3_600_000);
const EARLIER = new Date(Date.now() - 3_600_000);
/** The cluster has no object that began a draft. */
const nobody = () => false;

describe("tags of deleted drafts", () => {
  it("keep the last commit, signed, and are neither revisions nor drafts nor skipped refs", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const open = await openStore(repository);
    await begin(open);
    const commit = await repository.git("rev-parse", BRANCH);
    const { found } = await open.store.observe(REVISION);
    if (found?.kind !== "draft") throw new Error("no draft");
    const { keptAs = "" } = await open.store.delete(REVISION, () => ({
      kind: "write",
      request: { kind: "draft", draft: found, keep: true },
      value: undefined,
    }));
    expect(keptAs).toBe(`refs/tags/dns/deleted-one-${commit.slice(0, 12)}`);
    expect(await repository.git("rev-parse", `${keptAs}^{commit}`)).toBe(commit);
    expect(await repository.git("cat-file", "tag", keptAs)).toMatch(/Delete dns \(one\).*BEGIN SSH SIGNATURE/s);
    expect(await tagsOf(repository)).toEqual([keptAs]);
    await open.store.refresh();
    expect([...open.store.revisions()]).toEqual([]);
    expect(open.store.summarize()).toMatchObject({ drafts: 0, published: 0, others: 0, skipped: [] });
  });

  it("are removed once they are older than the retention, in one push; nothing is pushed for others", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const open = await openStore(repository);
    const tag = await beginAndDelete(open);
    const pushes = open.pushed.length;
    expect(await open.store.removeDeletedDrafts(EARLIER, nobody)).toBe(0);
    expect(open.pushed).toHaveLength(pushes);
    expect(await tagsOf(repository)).toEqual([tag]);
    expect(await open.store.removeDeletedDrafts(LATER, nobody)).toBe(1);
    expect(await tagsOf(repository)).toEqual([]);
    expect(await open.store.removeDeletedDrafts(LATER, nobody)).toBe(0);
    expect(open.pushed).toHaveLength(pushes + 1);
  });

  it("are removed, the oldest first, if there are more than a Repository keeps", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const open = await openStore(repository, { maxDeletedDrafts: 1 });
    await beginAndDelete(open);
    expect(await open.store.removeDeletedDrafts(EARLIER, nobody)).toBe(0);
    // Another commit of main, so that the second draft has another first commit.
    await repository.commitFile(MAIN, "README.md", "more");
    await open.store.fetch();
    await beginAndDelete(open);
    expect(await open.store.removeDeletedDrafts(EARLIER, nobody)).toBe(1);
    expect(await tagsOf(repository)).toHaveLength(1);
  });

  it("stay if a client pushed them, or another Repository made them", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const other = await openStore(repository, { repository: "default/red" });
    const theirs = await beginAndDelete(other);
    const pushed = `refs/tags/dns/deleted-two-${"a".repeat(12)}`;
    await repository.git("update-ref", pushed, MAIN);
    await repository.git("tag", "-a", "-m", "mine", `dns/deleted-${"b".repeat(40)}`, MAIN);
    // Ours, under another name.
    await repository.git("update-ref", `refs/tags/dns/deleted-three-${"c".repeat(12)}`, theirs);
    const { store } = await openStore(repository);
    expect(await store.removeDeletedDrafts(LATER, nobody)).toBe(0);
    expect(await tagsOf(repository)).toHaveLength(4);
    await other.store.fetch();
    expect(await other.store.removeDeletedDrafts(LATER, nobody)).toBe(1);
    expect(await tagsOf(repository)).not.toContain(theirs);
  });
});

describe("the first commit of a draft that reaches the remote late", () => {
  const UID = "0a1b2c3d-0000-4000-8000-000000000001";
  const OBJECT = { ...REVISION, metadata: { ...REVISION.metadata, uid: UID } };
  /** The object that was created under its name since. */
  const NEXT = { ...OBJECT, metadata: { ...OBJECT.metadata, uid: "0a1b2c3d-0000-4000-8000-000000000002" } };
  /** The first commit of the object's draft. */
  async function beginOwn(open: OpenStore, uid = UID): Promise<void> {
    await begin(open, uid);
    await open.store.refresh();
  }
  const draftsOf = ({ store }: OpenStore) => [...store.revisions()].filter(({ kind }) => kind === "draft");
  const remove = async (open: OpenStore, kind: "draft" | "unbegun") => {
    await open.store.delete(OBJECT, ({ found }) => {
      if (kind === "unbegun") return { kind: "write", request: { kind }, value: undefined };
      if (found?.kind !== "draft") throw new Error("no draft");
      return { kind: "write", request: { kind, draft: found, keep: true }, value: undefined };
    });
  };
  /** Another commit for the same object, as if a push had been held. */
  async function pushLate(repository: TestRepository, commit: string): Promise<void> {
    await repository.git("update-ref", BRANCH, commit);
  }
  /** The commit of a draft that was begun and is not on the remote. */
  async function heldCommit(repository: TestRepository, open: OpenStore, uid = UID): Promise<string> {
    await beginOwn(open, uid);
    const commit = await repository.git("rev-parse", BRANCH);
    await repository.git("update-ref", "-d", BRANCH);
    // Another commit of main, so that the same draft has another first commit.
    await repository.commitFile(MAIN, "README.md", "more");
    await open.store.fetch();
    return commit;
  }

  it("is no draft, and is removed, once the draft is deleted", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const open = await openStore(repository);
    const late = await heldCommit(repository, open);
    await beginOwn(open);
    await remove(open, "draft");
    await pushLate(repository, late);
    await open.store.fetch();
    expect(draftsOf(open)).toEqual([]);
    expect((await open.store.observe(NEXT)).found).toBeUndefined();
    expect(await open.store.removeDeletedDrafts(EARLIER, nobody)).toBe(2);
    expect(await repository.git("for-each-ref", BRANCH)).toBe("");
    expect(await tagsOf(repository)).toContain(`refs/tags/dns/deleted-one-${late.slice(0, 12)}`);
    expect(await open.store.removeDeletedDrafts(EARLIER, nobody)).toBe(0);
    // Restored from that tag.
    await pushLate(repository, late);
    await open.store.fetch();
    expect(draftsOf(open)).toHaveLength(1);
    expect(await open.store.removeDeletedDrafts(EARLIER, nobody)).toBe(0);
  });

  it("is the draft of its object, if a restore of the cluster has brought that back", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const open = await openStore(repository);
    const again = await heldCommit(repository, open);
    await beginOwn(open);
    await remove(open, "draft");
    await pushLate(repository, again);
    await open.store.fetch();
    expect((await open.store.observe(OBJECT)).found?.ref).toBe(BRANCH);
    const deleted = { ...OBJECT, metadata: { ...OBJECT.metadata, deletionTimestamp: "2025-01-02T03:04:05Z" } };
    expect((await open.store.observe(deleted)).found).toBeUndefined();
    // It comes back before the push is planned.
    const answers = [false, true];
    expect(await open.store.removeDeletedDrafts(EARLIER, () => answers.shift() ?? true)).toBe(0);
    expect(await open.store.removeDeletedDrafts(EARLIER, () => true)).toBe(0);
    expect(await repository.git("rev-parse", BRANCH)).toBe(again);
    expect(await open.store.removeDeletedDrafts(EARLIER, nobody)).toBe(2);
  });

  it("is no draft where its object was deleted before the branch was there", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const open = await openStore(repository);
    const late = await heldCommit(repository, open);
    await remove(open, "unbegun");
    await pushLate(repository, late);
    const later = await openStore(repository);
    expect(draftsOf(later)).toEqual([]);
    expect(await later.store.removeDeletedDrafts(EARLIER, nobody)).toBe(2);
    expect(await repository.git("for-each-ref", BRANCH)).toBe("");
  });

  it("is recorded once, though the operator is ended before it releases the object", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const open = await openStore(repository);
    await remove(open, "unbegun");
    const tags = await tagsOf(repository);
    expect(tags).toHaveLength(1);
    await remove(open, "unbegun");
    // The mirror of the next one has fetched it; main has moved.
    await repository.commitFile(MAIN, "README.md", "more");
    await remove(await openStore(repository), "unbegun");
    expect(await tagsOf(repository)).toEqual(tags);
  });

  it("is a draft if it is of another object", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const open = await openStore(repository);
    const other = await heldCommit(repository, open, "another-uid");
    await beginOwn(open);
    await remove(open, "draft");
    await pushLate(repository, other);
    await open.store.fetch();
    expect(draftsOf(open)).toHaveLength(1);
    expect(await open.store.removeDeletedDrafts(EARLIER, nobody)).toBe(0);
  });
});

describe("tagForDeleted", () => {
  const commit = "1".repeat(40);
  const location = { package: "dns" };
  const draft = (workspace: string) =>
    ({ kind: "draft", ref: `refs/heads/dns/${workspace}`, path: "dns", location, workspace, commit }) as const;

  it("finds a name that Git can hold beside the other refs", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const { mirror, store } = await openStore(repository);
    expect(tagForDeleted(mirror, draft("one"))).toBe(`refs/tags/dns/deleted-one-${"1".repeat(12)}`);
    expect(tagForDeleted(mirror, draft("w".repeat(240)))).toBe(`refs/tags/dns/deleted-${commit}`);
    await repository.git("tag", `dns/deleted-one-${"1".repeat(12)}`, MAIN);
    await store.fetch();
    expect(tagForDeleted(mirror, draft("one"))).toBe(`refs/tags/dns/deleted-${commit}`);
    await repository.git("tag", "-d", `dns/deleted-one-${"1".repeat(12)}`);
    await repository.git("tag", "dns", MAIN);
    await store.fetch();
    expect(tagForDeleted(mirror, draft("one"))).toBe(`refs/tags/deleted-${commit}`);
  });
});
