import { describe, expect } from "vitest";
import { measureTurns, type Turns } from "../../event-loop/testing/measure-turns.ts";
import { it, MAIN } from "./testing/fixtures.ts";
import { advertisement } from "./testing/hostile-remote.ts";
import { answerAll, fetchError, it as itWithHostile, sendListing } from "./testing/hostile-servers.ts";
import { countInodes, writeTags } from "./testing/many-refs.ts";
import { openStore } from "./testing/open-store.ts";
import { TestRepository, testSettings } from "./testing/repositories.ts";

const MAX_STRETCH_MS = 200;
const MAX_GROWTH = 1.3;

function limitsOf(limits: Partial<typeof testSettings.limits>) {
  return { settings: { ...testSettings, limits: { ...testSettings.limits, ...limits } } };
}

describe("a remote with many refs", () => {
  it("is refused above the number of refs that are read, with the number and its setting, and keeps what was read", async ({
    repository,
  }) => {
    await repository.commitFile(MAIN, "p0/a", "1");
    await writeTags(repository, 99);
    const mirror = await repository.openMirror(limitsOf({ refs: 100 }));
    await mirror.fetch();
    const [refs, inodes] = [new Map(mirror.refs()), await countInodes(mirror.repository.dir)];
    await writeTags(repository, 100);
    const error = await fetchError(mirror);
    expect(error).toMatchObject({ reason: "TooManyRefs", retryable: false });
    expect(error.message).toContain("at most 100 (gitLimits.refs, PKGSERVER_GIT_LIMIT_REFS)");
    expect(new Map(mirror.refs())).toEqual(refs);
    expect(await countInodes(mirror.repository.dir)).toBe(inodes);
    await writeTags(repository, 50);
    await mirror.fetch();
    expect(mirror.refs().size).toBe(51);
  });

  it("is refused above the size of the list of its refs, with the size and its setting", async ({ repository }) => {
    await repository.commitFile(MAIN, "p0/a", "1");
    await writeTags(repository, 1000);
    const mirror = await repository.openMirror(limitsOf({ refsBytes: 32 * 1024 }));
    const error = await fetchError(mirror);
    expect(error.reason).toBe("TooManyRefs");
    expect(error.message).toContain("at most 0 MiB (gitLimits.refsSize, PKGSERVER_GIT_LIMIT_REFS_SIZE)");
    expect(mirror.refs().size).toBe(0);
  });

  itWithHostile("that lists a million refs without having them is refused while it sends", async ({ open }) => {
    const oid = "1".repeat(40);
    const refs = Array.from({ length: 1_000_000 }, (_, index) => [oid, `refs/heads/p/${index}`] as const);
    const body = advertisement(refs);
    const mirror = await open(answerAll((response) => void sendListing(body, response)));
    const { longestMs } = await measureTurns(async () => {
      expect(await fetchError(mirror)).toMatchObject({ reason: "TooManyRefs" });
    });
    // The server is in this process as well.
    expect(longestMs).toBeLessThan(MAX_STRETCH_MS);
  });

  it("has their refs in one file of the mirror, whether they are new, moved or deleted", async ({ repository }) => {
    await repository.commitFile(MAIN, "p0/a", "1");
    const mirror = await repository.openMirror();
    await mirror.fetch();
    await writeTags(repository, 5000);
    expect(await mirror.fetch()).toHaveLength(5000);
    expect(await countInodes(mirror.repository.dir)).toBeLessThan(50);
    const moved = await repository.commitFile(MAIN, "p0/a", "2");
    await writeTags(repository, 4000);
    expect(await mirror.fetch()).toHaveLength(5001);
    expect(mirror.refs().get("refs/tags/p7/v3")?.commit).toBe(moved);
    expect(await countInodes(mirror.repository.dir)).toBeLessThan(50);
    const listed = await mirror.repository.runLocal(["for-each-ref", "--format=%(objectname) %(refname)"]);
    const expected = [...mirror.refs().values()].map(({ oid, name }) => `${oid} ${name}`).sort();
    expect(listed.toString().trimEnd().split("\n").sort()).toEqual(expected);
    // Another process, after a restart.
    await mirror.close();
    const again = await repository.openMirror();
    expect(new Map(again.refs())).toEqual(new Map(mirror.refs()));
  });
});

async function costOf(count: number): Promise<Turns & { readonly inodes: number }> {
  const repository = await TestRepository.create();
  try {
    await repository.commitFile(MAIN, "p0/a", "1");
    await writeTags(repository, count - 1);
    let inodes = 0;
    const cost = await measureTurns(async () => {
      const { mirror } = await openStore(repository);
      expect(mirror.refs().size).toBe(count);
      inodes = await countInodes(mirror.repository.dir);
    });
    return { ...cost, inodes };
  } finally {
    await repository.close();
  }
}

describe("reading a remote", () => {
  it("of 50,000 refs holds the event loop no longer than 200 ms, needs few files, and costs no more a ref than 10,000", async () => {
    const [one, ten, fifty] = [await costOf(1000), await costOf(10_000), await costOf(50_000)];
    for (const { longestMs, inodes } of [one, ten, fifty]) {
      expect(longestMs).toBeLessThan(MAX_STRETCH_MS);
      expect(inodes).toBeLessThan(50);
    }
    expect(ten.totalMs / one.totalMs).toBeLessThan(10 * MAX_GROWTH);
    expect(fifty.totalMs / ten.totalMs).toBeLessThan(5 * MAX_GROWTH);
  });
});
