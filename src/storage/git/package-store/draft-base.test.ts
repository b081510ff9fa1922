import { describe, expect } from "vitest";
import { it, MAIN } from "../testing/fixtures.ts";
import { BRANCH, openStore, REVISION } from "../testing/open-store.ts";
import type { TestRepository } from "../testing/repositories.ts";

/** The base that is found for the external branch. */
async function baseIn(repository: TestRepository) {
  const { store } = await openStore(repository);
  const view = await store.observe(REVISION);
  if (view.found?.kind !== "draft") throw new Error("no draft");
  return await store.findDraftBase(view, view.found);
}

describe("findDraftBase", () => {
  it("is the commit where the branch left main, and the latest revision that main had by then", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "dns/f", "published");
    await repository.git("tag", "dns/v1");
    const left = await repository.commitFile(MAIN, "other", "later");
    await repository.git("update-ref", BRANCH, left);
    await repository.commitFile(BRANCH, "dns/f", "draft");
    await repository.commitFile(MAIN, "other", "even later");
    expect(await baseIn(repository)).toEqual({ commit: left, mainCommit: left, revision: "v1" });
  });

  it("names no revision that main got after the branch left it", async ({ repository }) => {
    const left = await repository.commitFile(MAIN, "README.md", "all");
    await repository.git("update-ref", BRANCH, left);
    await repository.commitFile(BRANCH, "dns/f", "draft");
    await repository.commitFile(MAIN, "dns/f", "published");
    await repository.git("tag", "dns/v1", MAIN);
    expect(await baseIn(repository)).toEqual({ commit: left, mainCommit: left });
  });

  it("names a revision whose tag is beside main, if main had its folder", async ({ repository }) => {
    const begin = await repository.commitFile(MAIN, "README.md", "all");
    await repository.git("update-ref", "refs/heads/beside", begin);
    const beside = await repository.commitFile("refs/heads/beside", "dns/f", "published");
    await repository.git("tag", "dns/v1", beside);
    await repository.git("update-ref", "-d", "refs/heads/beside");
    // Another parent: within one second the commit would be the very same.
    await repository.commitFile(MAIN, "README.md", "more");
    await repository.commitFile(MAIN, "dns/f", "published");
    const left = await repository.commitFile(MAIN, "dns/f", "changed since");
    await repository.git("update-ref", BRANCH, left);
    await repository.commitFile(BRANCH, "dns/f", "draft");
    expect(await baseIn(repository)).toEqual({ commit: left, mainCommit: left, revision: "v1" });
  });

  it("is empty without main", async ({ repository }) => {
    await repository.commitFile(BRANCH, "dns/f", "draft");
    expect(await baseIn(repository)).toEqual({});
  });

  it("is empty for a branch that has no history in common with main", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    await repository.commitFile(BRANCH, "dns/f", "draft");
    expect(await baseIn(repository)).toEqual({});
  });
});
