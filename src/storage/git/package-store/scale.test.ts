import { describe, expect } from "vitest";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Discovered } from "../../../core/repository/package-index.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { measureTurns, type Turns } from "../../../event-loop/testing/measure-turns.ts";
import { it } from "../testing/fixtures.ts";
import { addRefs, type Dimension, deleteRefs } from "../testing/many-refs.ts";
import { openStore } from "../testing/open-store.ts";
import { TestRepository } from "../testing/repositories.ts";

/** Milliseconds that the event loop may stand still. */
const LONGEST_MS = 200;
/** What ten times as many may cost, in proportion. */
const FACTOR = 1.3;
/** Many are applied to a copy of the index; caches are warm for few alone. */
const MORE_MS = 60;
/** A soak measures more. */
const SCALE = Number(process.env.PKGSERVER_SCALE ?? 1);
const SIZES: readonly (readonly [Dimension, number])[] = [
  ["revisions", 300 * SCALE],
  ["packages", 200 * SCALE],
  ["drafts", 100 * SCALE],
];

function objectOf(found: Discovered): PackageRevision {
  const isPublished = found.kind === "published";
  const named = isPublished ? { revision: found.revision } : {};
  return aRevision({
    spec: {
      packageRevID: {
        repository: "blue",
        package: found.location.package,
        workspace: isPublished ? found.revision : found.workspace,
        ...named,
      },
    },
    status: { lifecycle: isPublished ? "published" : "draft", commit: found.commit, ...named },
  });
}

/** What each operation on a repository with so many refs costs. */
async function walk(what: Dimension, count: number): Promise<ReadonlyMap<string, Turns>> {
  const repository = await TestRepository.create();
  try {
    const costs = new Map<string, Turns>();
    const measure = async (name: string, work: () => Promise<unknown>) =>
      void costs.set(name, await measureTurns(async () => void (await work())));
    await addRefs(repository, what, 0, count);
    const { store } = await openStore(repository);
    const all = [...store.revisions()].map(objectOf);
    expect(all.length).toBeGreaterThanOrEqual(count);
    await measure("observe", async () => await Promise.all(all.map((one) => store.observe(one))));
    await measure("reclassify", async () => await store.reclassify());
    await addRefs(repository, what, count, 2 * count);
    await measure("fetch of new refs", async () => await store.fetch());
    await deleteRefs(repository, what, 0, count);
    await measure("fetch of deletions", async () => await store.fetch());
    const inGit = (await repository.git("for-each-ref", "--format=%(refname)", "refs/tags", "refs/heads/dns")).split(
      "\n",
    );
    expect([...store.revisions()].map(({ ref }) => ref).sort()).toEqual(inGit.sort());
    return costs;
  } finally {
    await repository.close();
  }
}

describe("a package store", { timeout: 600_000 }, () => {
  it.each(SIZES)("does in proportion to many %s what it does, and never blocks the event loop", async (what, size) => {
    // Compiles the code.
    await walk(what, 20);
    const [few, many] = [await walk(what, size), await walk(what, 10 * size)];
    for (const [name, { totalMs, longestMs }] of many) {
      const allowed = FACTOR * 10 * (few.get(name)?.totalMs ?? 0) + MORE_MS;
      expect(longestMs, `${name}: longest turn`).toBeLessThanOrEqual(LONGEST_MS);
      expect(totalMs, `${name}: cost`).toBeLessThanOrEqual(allowed);
    }
  });
});
