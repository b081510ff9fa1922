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

  it("names at most 20 of the refs that are no package revisions, and counts all", async ({ repository }) => {
    await repository.commitFile(MAIN, "f", "mine");
    for (let number = 10; number < 35; number++) await repository.git("tag", `odd-${number}`);
    const { store } = await openStore(repository);
    const { skipped, others } = store.summarize();
    expect(others).toBe(25);
    expect(skipped).toHaveLength(20);
    expect(skipped[0]).toEqual({ ref: "refs/tags/odd-10", reason: expect.any(String), message: expect.any(String) });
  });
});
