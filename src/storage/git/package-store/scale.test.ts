import { describe, expect } from "vitest";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Discovered } from "../../../core/repository/package-index.ts";
import { aRevision } from "../../../core/testing/observed.ts";
import { expectInProportion, type Measure } from "../../../event-loop/testing/in-proportion.ts";
import { it } from "../testing/fixtures.ts";
import { addRefs, type Dimension, deleteRefs } from "../testing/many-refs.ts";
import { openStore } from "../testing/open-store.ts";
import { TestRepository } from "../testing/repositories.ts";

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

/** The operations on a repository with so many refs. */
async function walk(what: Dimension, count: number, measure: Measure): Promise<void> {
  const repository = await TestRepository.create();
  try {
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
  } finally {
    await repository.close();
  }
}

describe("a package store", { timeout: 600_000 }, () => {
  it("reads as many tags as a package has drafts in proportion, and never blocks the event loop", async () => {
    await expectInProportion(150 * SCALE, async (count, measure) => {
      const repository = await TestRepository.create();
      try {
        await addRefs(repository, "drafts", 0, count);
        const { store } = await openStore(repository);
        await addRefs(repository, "revisions", 1, count);
        await measure("fetch of new tags", async () => await store.fetch());
        expect([...store.revisions()].length).toBe(2 * count);
      } finally {
        await repository.close();
      }
    });
  });

  it.each(SIZES)("does in proportion to many %s what it does, and never blocks the event loop", async (what, size) => {
    await expectInProportion(size, async (count, measure) => await walk(what, count, measure));
  });
});
