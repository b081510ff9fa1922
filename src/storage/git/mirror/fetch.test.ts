import { createHash } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { FetchGuard } from "../disk/fetch-guard.ts";
import { it as itWithRepository, MAIN } from "../testing/fixtures.ts";
import { testSettings } from "../testing/repositories.ts";
import type { BareRepository, RemoteOptions } from "./bare-repository.ts";
import { Fetcher } from "./fetch.ts";

const OID = "1".repeat(40);
const HOW = { isEmpty: false };

const oidOf = (name: string) => createHash("sha1").update(name).digest("hex");

/** A fetcher whose remote cannot send these objects. */
function fetcherOf(isBad: (oid: string) => boolean): { readonly fetcher: Fetcher; readonly calls: () => number } {
  let calls = 0;
  const repository = {
    settings: testSettings,
    secrets: [],
    runRemote: async (_args: readonly string[], _limitMs: number, { input = "" }: RemoteOptions) => {
      calls += 1;
      const oids = input.trimEnd().split("\n");
      const stderr = `remote: fatal: unable to read ${OID}\nfatal: fsck error in packed object`;
      return oids.some((oid) => isBad(oid)) ? { code: 128, stdout: "", stderr } : { code: 0, stdout: "", stderr: "" };
    },
    removeUnfinished: async () => {},
    reader: { info: async () => ({ type: "commit" }) },
  };
  const guard = { run: async (fetch: (limits: object) => Promise<void>) => await fetch({}) };
  const fetcher = new Fetcher(repository as unknown as BareRepository, guard as unknown as FetchGuard);
  return { fetcher, calls: () => calls };
}

function tags(count: number): Map<string, string> {
  return new Map(
    Array.from({ length: count }, (_, index) => `refs/tags/p${index}/v1`).map((name) => [name, oidOf(name)]),
  );
}

describe("Fetcher", () => {
  it("ends after 80 fetches of a remote in which every ref is bad, and does not ask for them with the next sync", async () => {
    const { fetcher, calls } = fetcherOf(() => true);
    const refs = tags(1000);
    expect(await fetcher.fetchMoved(refs, HOW)).toEqual({ names: [], fetches: 0 });
    expect(calls()).toBe(80);
    expect(fetcher.refused()).toHaveLength(1000);
    expect([...refs].filter(([name, oid]) => !fetcher.isWaiting(name, oid))).toEqual([]);
    expect(fetcher.refused()[0]?.message).toContain(`the remote cannot send object ${OID}`);
  });

  it("has most good refs after one sync, wherever the bad ones are, and all of them after a few", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const bad = new Set(Array.from({ length: 10 }, (_, index) => `refs/tags/p${index * 97}/v1`));
    const { fetcher } = fetcherOf((oid) => [...bad].map(oidOf).includes(oid));
    const all = new Map([...tags(1000), [MAIN, oidOf(MAIN)], ["refs/heads/a/draft", oidOf("a")]]);
    const first = await fetcher.fetchMoved(all, HOW);
    expect(first.names).toEqual(expect.arrayContaining([MAIN, "refs/heads/a/draft"]));
    const fetched = new Set(first.names);
    expect(fetched.size).toBeGreaterThan(500);
    const rest = () => new Map([...all].filter(([name, oid]) => !fetched.has(name) && !fetcher.isWaiting(name, oid)));
    expect(rest().size).toBe(0);
    for (let sync = 0; sync < 12; sync++) {
      vi.advanceTimersByTime(60_000);
      for (const name of (await fetcher.fetchMoved(rest(), HOW)).names) fetched.add(name);
    }
    expect(all.size - fetched.size).toBe(bad.size);
    expect(
      fetcher
        .refused()
        .map(({ ref }) => ref)
        .sort(),
    ).toEqual([...bad].sort());
  });

  it("tries a refused ref again when it has moved, when a user asks, and not before", async () => {
    let isBroken = true;
    const { fetcher, calls } = fetcherOf(() => isBroken);
    await fetcher.fetchMoved(new Map([[MAIN, OID]]), HOW);
    expect(calls()).toBe(1);
    expect(fetcher.isWaiting(MAIN, OID)).toBe(true);
    expect(fetcher.isWaiting(MAIN, "2".repeat(40))).toBe(false);
    isBroken = false;
    fetcher.retryRefused();
    expect(fetcher.isWaiting(MAIN, OID)).toBe(false);
    expect((await fetcher.fetchMoved(new Map([[MAIN, OID]]), HOW)).names).toEqual([MAIN]);
    expect(fetcher.refused()).toEqual([]);
  });
});

describe("Mirror.fetch", () => {
  itWithRepository("refuses a branch that leads to a tag or file, and has all others", async ({ repository }) => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    await repository.git("tag", "--annotate", "--message=x", "v1", commit);
    const [tag, blob] = await Promise.all(
      ["refs/tags/v1", `${commit}:a`].map(async (name) => (await repository.git("rev-parse", name)).trim()),
    );
    await repository.git("update-ref", "-d", MAIN);
    const refs = { [MAIN]: commit, "refs/heads/file": blob, "refs/heads/tag": tag, "refs/tags/file": blob };
    await writeFile(
      join(repository.bare, "packed-refs"),
      Object.entries(refs)
        .map(([name, oid]) => `${oid} ${name}\n`)
        .join(""),
    );
    const mirror = await repository.openMirror();
    await mirror.fetch();
    expect(mirror.refs().keys().toArray().toSorted()).toEqual([MAIN, "refs/tags/file", "refs/tags/v1"]);
    expect([...mirror.refusedRefs().values()].map(({ ref, reason, message }) => [ref, reason, message])).toEqual([
      ["refs/heads/file", "BadObjects", "the branch leads to a blob, and not to a commit"],
      ["refs/heads/tag", "BadObjects", "the branch leads to a tag, and not to a commit"],
    ]);
  });

  itWithRepository.for([[100], [101]] as const)("of %i new refs", async ([count], { repository }) => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    await repository.git("update-ref", "-d", MAIN);
    const lines = Array.from({ length: count }, (_, index) => `${commit} refs/heads/${index}\n`);
    await writeFile(join(repository.bare, "packed-refs"), lines.sort().join(""));
    const mirror = await repository.openMirror();
    const run = vi.spyOn(mirror.repository, "runRemote");
    expect(await mirror.fetch()).toHaveLength(count);
    expect(run.mock.calls.find(([args]) => args[0] === "fetch")?.[2]?.input).toBe(`${commit}\n`);
    const own = await readdir(join(mirror.repository.dir, "refs", "heads"));
    expect(own).toHaveLength(count > 100 ? 0 : count);
  });
});
