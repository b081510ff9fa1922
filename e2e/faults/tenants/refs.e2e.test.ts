import { readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect } from "vitest";
import { countInodes } from "../../../src/storage/git/testing/many-refs.ts";
import { waitUntil } from "../../harness/wait.ts";
import { readRetainedMemory } from "../../testenv/memory-watch.ts";
import type { TestEnv } from "../../testenv/testenv.ts";
import { testWithNeighbour } from "./fixtures.ts";

/** More than the default, so that the larger of the two remotes is read for as long as possible. */
const LIMIT = 150_000;
const SYNC = { sync: { interval: "24h" } };
/** What the operator may have more of after a remote was refused than before, MiB. */
const KEPT_MEBIBYTES = 32;

const it = testWithNeighbour("refs", { operator: { env: { PKGSERVER_GIT_LIMIT_REFS: String(LIMIT) } } });

/** Makes so many tags all refs of the remote but `refs/heads/main`, as its packed refs. */
async function writeTags(env: TestEnv, name: string, count: number): Promise<void> {
  const commit = (await env.git.git(name, "rev-parse", "refs/heads/main")).trim();
  const lines = Array.from({ length: count }, (_, at) => `${commit} refs/tags/p/x${String(at).padStart(7, "0")}\n`);
  const header = "# pack-refs with: peeled fully-peeled sorted \n";
  await writeFile(join(env.git.path(name), "packed-refs"), `${header}${lines.join("")}`);
}

/** The mirror with the most packed refs, and the size of the file. */
async function findLargestMirror(dataDir: string): Promise<{ readonly dir: string; readonly bytes: number }> {
  const names = (await readdir(dataDir, { recursive: true })).filter((name) => name.endsWith("/packed-refs"));
  const mirrors = names.map(async (name) => {
    const path = join(dataDir, name);
    return { dir: dirname(path), bytes: (await stat(path)).size };
  });
  return (await Promise.all(mirrors)).reduce((a, b) => (b.bytes > a.bytes ? b : a));
}

describe("a remote with too many refs", () => {
  it("is TooManyRefs with the limit and its setting, hurts nobody, and is Synced again when it has fewer", async ({
    env,
    hostile,
    neighbour,
  }) => {
    await env.git.createRepository("million");
    await writeTags(env, "million", 1_050_000);
    const before = await readRetainedMemory(env.operator);
    await neighbour.isUnhurtBy(async ({ hasPublished }) => {
      await hostile.applyRepository("million", SYNC);
      expect(await hostile.waitForMessage("million", "TooManyRefs")).toContain(
        `at most ${LIMIT} (gitLimits.refs, PKGSERVER_GIT_LIMIT_REFS)`,
      );
      await hostile.requestSyncsUntil("million", hasPublished);
    });
    await waitUntil("the memory is given back", async () => await readRetainedMemory(env.operator), {
      until: (mebibytes) => mebibytes <= before + KEPT_MEBIBYTES,
    });
    await writeTags(env, "million", 1000);
    await hostile.sync("million");
    await hostile.waitForRepository("million", "Synced");
    await hostile.deleteRepository("million", { timeoutMs: 20_000 });
  });
});

describe("a remote with 100,000 refs, which the limit allows", () => {
  it("is Synced with all of them in one file, and hurts nobody", async ({ env, hostile, neighbour }) => {
    await env.git.createRepository("many");
    await writeTags(env, "many", 100_000);
    await neighbour.isUnhurtBy(async ({ hasPublished }) => {
      await hostile.register("many", SYNC);
      while (!hasPublished()) await hostile.sync("many");
    });
    const { dir, bytes } = await findLargestMirror(env.operator.dataDir);
    expect(bytes).toBeGreaterThan(5_000_000);
    expect(await countInodes(dir)).toBeLessThan(50);
    await hostile.deleteRepository("many", { timeoutMs: 20_000 });
  });
});
