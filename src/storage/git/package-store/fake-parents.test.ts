import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { aRevision } from "../../../core/testing/observed.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { BRANCH, openStore } from "../testing/open-store.ts";
import type { TestRepository } from "../testing/repositories.ts";

/** A root commit for git, with a header `parent` behind the committer, which git (and its fsck) ignores. */
async function pretend(repository: TestRepository, like: string, parent: string): Promise<string> {
  const tree = await repository.git("rev-parse", `${like}^{tree}`);
  const by = "Else <else@example.com> 1700000000 +0000";
  const text = `tree ${tree}\nauthor ${by}\ncommitter ${by}\nparent ${parent}\n\nrewritten\n`;
  const file = join(repository.folder, "pretended");
  await writeFile(file, text);
  return await repository.git("hash-object", "-t", "commit", "-w", file);
}

describe("commits that pretend to have a parent", () => {
  it("a header that git does not read as a parent is none", async ({ repository }) => {
    const main = await repository.commitFile(MAIN, "README.md", "all");
    const draft = await repository.commitFile(BRANCH, "dns/Kptfile", "x");
    const { mirror } = await openStore(repository);
    const rewritten = await pretend(repository, draft, draft);
    await repository.git("update-ref", BRANCH, rewritten);
    await repository.git("fsck", "--strict");
    await mirror.fetch();
    expect(mirror.refs().get(BRANCH)?.commit).toBe(rewritten);
    expect(mirror.refusedRefs().size).toBe(0);
    // git: not an ancestor.
    await expect(repository.git("merge-base", "--is-ancestor", draft, rewritten)).rejects.toThrow();
    expect(await mirror.history.contains(rewritten, draft)).toBe(false);
    expect(await mirror.history.mergeBase(rewritten, main)).toBeUndefined();
  });

  it("a rewritten branch of a draft is reported", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    const draft = await repository.commitFile(BRANCH, "dns/Kptfile", "x");
    const { store } = await openStore(repository);
    await repository.git("update-ref", BRANCH, await pretend(repository, draft, draft));
    await store.fetch();
    const object = aRevision({ status: { lifecycle: "draft", commit: draft } });
    expect((await store.observe(object)).branchLost).toBe(draft);
  });

  it("a rewritten main is reported", async ({ repository }) => {
    const main = await repository.commitFile(MAIN, "README.md", "all");
    const { store } = await openStore(repository);
    await repository.git("update-ref", MAIN, await pretend(repository, main, main));
    await store.fetch();
    expect(store.rewrite?.lost).toBe(main);
  });
});
