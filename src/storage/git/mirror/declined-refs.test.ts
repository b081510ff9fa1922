import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { OPERATOR } from "../../../core/identity/person.ts";
import { trailersOf } from "../../../core/testing/discovered.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { BRANCH, openStore, REVISION } from "../testing/open-store.ts";
import type { TestRepository } from "../testing/repositories.ts";

const TAG = "refs/tags/web/v1";
const OTHER = "refs/heads/other/draft";

/** A remote whose history of main ends at its second commit, and of another branch does not. */
async function makeShallow(repository: TestRepository): Promise<{ readonly main: string; readonly other: string }> {
  await repository.commitFile(MAIN, "web/a.yaml", "a: 1");
  const main = await repository.commitFile(MAIN, "web/a.yaml", "a: 2");
  await repository.git("update-ref", TAG, main);
  const other = await repository.commitFile(OTHER, "other/a.yaml", "a: 1");
  await writeFile(join(repository.bare, "shallow"), `${main}\n`);
  return { main, other };
}

describe("refs that a fetch declines", () => {
  it.for([["by path"], ["by http"]] as const)(
    "are refused with the reason where the remote is a shallow clone, %s; others are read",
    async ([how], { repository, serve }) => {
      const { main, other } = await makeShallow(repository);
      const url = how === "by path" ? repository.bare : `${(await serve()).url}/remote.git`;
      const mirror = await repository.openMirror({ remote: { url } });
      await mirror.fetch();
      expect([...mirror.refs().values()].map(({ name, oid }) => [name, oid])).toEqual([[OTHER, other]]);
      const refused = [...mirror.refusedRefs().values()].sort((a, b) => a.ref.localeCompare(b.ref));
      const why = {
        reason: "BadObjects",
        message: "the remote is a shallow clone and lacks a part of its history: run git fetch --unshallow in it",
      };
      expect(refused).toEqual([
        { ref: MAIN, oid: main, ...why },
        { ref: TAG, oid: main, ...why },
      ]);
      // Nothing has changed: the refs are not asked for again at once.
      expect(await mirror.fetch()).toEqual([]);
      expect(mirror.refusedRefs().size).toBe(2);
      await rm(join(repository.bare, "shallow"));
      mirror.retryRefused();
      expect((await mirror.fetch()).map(({ ref }) => ref).sort()).toEqual([MAIN, TAG]);
      expect(mirror.refusedRefs().size).toBe(0);
    },
  );

  it("keep the commits of the time before, if the remote has become shallow", async ({ repository }) => {
    const first = await repository.commitFile(MAIN, "web/a.yaml", "a: 1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    const { main } = await makeShallow(repository);
    await mirror.fetch();
    expect(mirror.refs().get(MAIN)?.oid).toBe(first);
    expect(mirror.refusedRefs().get(MAIN)?.oid).toBe(main);
  });
});

describe("a ref that the mirror does not hold", () => {
  it("is not taken for absent by a push: the error says why it cannot be read", async ({ repository }) => {
    await repository.commitFile(MAIN, "README.md", "all");
    await repository.commitFile(BRANCH, "dns/a.yaml", "a: 1");
    await writeFile(join(repository.bare, "shallow"), `${await repository.commitFile(BRANCH, "dns/a.yaml", "a: 2")}\n`);
    const { store } = await openStore(repository);
    // Nor by a draft of which the mirror is made again.
    expect((await store.observe(REVISION)).unreadable).toEqual({
      ref: BRANCH,
      message: expect.stringContaining("is a shallow clone"),
    });
    const published = aRevision({ status: { lifecycle: "published", revision: "v1" } });
    expect((await store.observe(published)).unreadable).toBeUndefined();
    const files = [{ path: "f", mode: "100644", oid: "", bytes: Buffer.from("mine") }] as const;
    const trailers = trailersOf("dns", "one");
    const request = { workspace: "one", files, subject: "Start dns", trailers, author: OPERATOR };
    await expect(store.begin(REVISION, () => ({ kind: "write", request, value: 0 }))).rejects.toMatchObject({
      reason: "BadObjects",
      message: expect.stringContaining(`${BRANCH} is there on the remote, and cannot be read: the remote is a shallow`),
    });
  });

  it("keeps a remote without the published branch from being called empty", async ({ repository }) => {
    await repository.commitFile("refs/heads/master", "a", "1");
    await writeFile(
      join(repository.bare, "shallow"),
      `${await repository.commitFile("refs/heads/master", "a", "2")}\n`,
    );
    const { store } = await openStore(repository);
    expect(store.summarize().isEmpty).toBe(false);
    expect(() => store.assertUsable()).toThrow("the remote has no branch main");
  });
});
