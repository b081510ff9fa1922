import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { it as itWithRepository, MAIN } from "../testing/fixtures.ts";
import { testSettings } from "../testing/repositories.ts";
import type { BareRepository } from "./bare-repository.ts";
import { Fetcher } from "./fetch.ts";

describe("Fetcher", () => {
  it("gives up after 400 fetches of a repository in which every ref is bad", async () => {
    let fetches = 0;
    const repository = {
      settings: testSettings,
      secrets: [],
      runRemote: async () => {
        fetches++;
        return { code: 128, stdout: Buffer.alloc(0), stderr: "fatal: fsck error in packed object" };
      },
      removeUnfinished: async () => {},
    };
    const fetcher = new Fetcher(repository as unknown as BareRepository);
    const refs = new Map(Array.from({ length: 1000 }, (_, index) => [`refs/heads/${index}`, "1".repeat(40)]));
    const fetching = fetcher.fetchMoved(refs, { byPattern: false, isEmpty: false });
    await expect(fetching).rejects.toMatchObject({ reason: "BadObjects" });
    expect(fetches).toBe(400);
  });
});

describe("Mirror.fetch", () => {
  itWithRepository.for([
    [100, "+refs/heads/0:refs/heads/0\n"],
    [101, "+refs/heads/*:refs/heads/*\n"],
  ] as const)("of %i new refs asks for %j", async ([count, firstLine], { repository }) => {
    const commit = await repository.commitFile(MAIN, "a", "1");
    await repository.git("update-ref", "-d", MAIN);
    const lines = Array.from({ length: count }, (_, index) => `${commit} refs/heads/${index}\n`);
    await writeFile(join(repository.bare, "packed-refs"), lines.sort().join(""));
    const mirror = await repository.openMirror();
    const run = vi.spyOn(mirror.repository, "runRemote");
    expect(await mirror.fetch()).toHaveLength(count);
    const input = run.mock.calls.find(([args]) => args[0] === "fetch")?.[3] ?? "";
    expect(input.startsWith(firstLine)).toBe(true);
  });
});
