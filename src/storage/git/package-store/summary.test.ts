import { describe, expect } from "vitest";
import { it, MAIN } from "../testing/fixtures.ts";
import { BRANCH, openStore } from "../testing/open-store.ts";

describe("summarize", () => {
  it("is empty for an empty remote", async ({ repository }) => {
    const { store } = await openStore(repository);
    expect(store.summarize()).toEqual({
      packages: 0,
      published: 0,
      drafts: 0,
      others: 0,
      refused: 0,
      skipped: [],
      skippedReasons: [],
      isEmpty: true,
    });
  });

  it("counts packages, revisions and drafts, and names the followed commit", async ({ repository }) => {
    const commit = await repository.commitFile(MAIN, "dns/f", "published");
    await repository.git("tag", "dns/v1");
    await repository.git("tag", "dns/v2");
    await repository.git("update-ref", BRANCH, MAIN);
    await repository.commitFile(BRANCH, "dns/f", "draft");
    const { store } = await openStore(repository);
    expect(store.summarize()).toMatchObject({ packages: 1, published: 2, drafts: 1, isEmpty: false, commit });
  });

  it("is not empty after its branch was deleted", async ({ repository }) => {
    await repository.commitFile(MAIN, "dns/f", "published");
    await repository.git("tag", "dns/v1");
    await repository.git("update-ref", "-d", MAIN);
    const { store } = await openStore(repository);
    expect(store.summarize()).toMatchObject({ published: 1, isEmpty: false });
  });

  it("names at most 20 of the refs that are no package revisions, refused ones first, and counts all", async ({
    repository,
  }) => {
    const commit = await repository.commitFile(MAIN, "a", "mine");
    for (let number = 10; number < 35; number++) await repository.git("tag", `odd-${number}`);
    const bad = await repository.git("commit-tree", await repository.writeBadTree(commit), "-m", "x");
    await repository.git("update-ref", "refs/heads/bad", bad);
    const { store } = await openStore(repository);
    const { skipped, others, refused, skippedReasons } = store.summarize();
    expect(skippedReasons).toEqual([
      { reason: "BadObjects", count: 1 },
      { reason: "NotARevision", count: 25 },
    ]);
    expect([others, refused]).toEqual([25, 1]);
    expect(skipped).toHaveLength(20);
    expect(skipped.slice(0, 2)).toEqual([
      { ref: "refs/heads/bad", reason: "BadObjects", message: expect.stringContaining("hasDotgit") },
      { ref: "refs/tags/odd-10", reason: expect.any(String), message: expect.any(String) },
    ]);
    expect(store.summarize({ prefix: "refs/tags/odd-3" }).skipped.map(({ ref }) => ref.slice(-6))).toEqual(
      [30, 31, 32, 33, 34].map((number) => `odd-${number}`),
    );
  });
});
