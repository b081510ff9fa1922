import { describe, expect } from "vitest";
import { it, MAIN } from "../testing/fixtures.ts";
import { openStore } from "../testing/open-store.ts";
import type { TestRepository } from "../testing/repositories.ts";

async function publishLibrary(repository: TestRepository) {
  const first = await repository.commitFile(MAIN, "lib/f", "first");
  await repository.git("tag", "lib/v1");
  const second = await repository.commitFile(MAIN, "lib/f", "second");
  await repository.git("tag", "lib/v2");
  return { first, second };
}

describe("findUpstream", () => {
  it("finds the latest revision, or the named one", async ({ repository }) => {
    const { first, second } = await publishLibrary(repository);
    const { store } = await openStore(repository);
    const latest = await store.findUpstream({ repository: "blue", package: "lib" });
    expect(latest).toMatchObject({ kind: "found", source: { revision: "v2", commit: second } });
    const named = await store.findUpstream({ repository: "blue", package: "lib", revision: "v1" });
    expect(named).toMatchObject({ kind: "found", source: { revision: "v1", commit: first } });
  });

  it("names the revisions that exist if the named one is missing", async ({ repository }) => {
    await publishLibrary(repository);
    const { store } = await openStore(repository);
    expect(await store.findUpstream({ repository: "blue", package: "lib", revision: "v3" })).toEqual({
      kind: "missing",
      message: "has no published lib v3 (revisions there: v1, v2)",
    });
    expect(await store.findUpstream({ repository: "blue", package: "other" })).toEqual({
      kind: "missing",
      message: "has no published other (revisions there: none)",
    });
  });

  it("takes main for its own name, too", async ({ repository }) => {
    const { second } = await publishLibrary(repository);
    await repository.git("update-ref", "refs/heads/trunk", MAIN);
    const { store } = await openStore(repository, { mainRef: "refs/heads/trunk" });
    for (const revision of ["main", "trunk"]) {
      const found = await store.findUpstream({ repository: "blue", package: "lib", revision });
      expect(found).toMatchObject({ kind: "found", source: { revision: "main", commit: second } });
    }
  });

  it("reports a folder that main does not have, and a repository without main", async ({ repository }) => {
    const { store } = await openStore(repository);
    const upstream = { repository: "blue", package: "lib", revision: "main" };
    const missing = { kind: "missing", message: `has no folder lib on ${MAIN}` };
    expect(await store.findUpstream(upstream)).toEqual(missing);
    await repository.commitFile(MAIN, "README.md", "all");
    expect(await store.findUpstream(upstream)).toEqual(missing);
  });
});
