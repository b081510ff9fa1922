import { mkdir, mkdtemp, readFile, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FollowedBranches } from "./followed-branches.ts";

const MAIN = "refs/heads/main";
const OTHER = "refs/heads/other branch";
const [ONE, TWO] = ["1".repeat(40), "2".repeat(64)];

const it = test.extend("file", async ({ task: _ }, { onCleanup }) => {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-followed-"));
  onCleanup(async () => await rm(dir, { recursive: true, force: true }));
  return join(dir, "mirror.git.followed");
});

async function load(followedFile: string, effects: string[] = []): Promise<FollowedBranches> {
  const reachFailpoint = (effect: string, moment: string) => void effects.push(`${moment} ${effect}`);
  const branches = new FollowedBranches({ followedFile, reachFailpoint });
  await branches.load();
  return branches;
}

describe("FollowedBranches", () => {
  it("knows after a restart what was recorded, also at the same time", async ({ file }) => {
    const branches = await load(file);
    expect(branches.get(MAIN)).toBeUndefined();
    await Promise.all([branches.record(MAIN, ONE), branches.record(OTHER, ONE), branches.record(OTHER, TWO)]);
    const restarted = await load(file);
    expect([restarted.get(MAIN), restarted.get(OTHER)]).toEqual([ONE, TWO]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("writes nothing that the file has, and tells the failpoint hook of each write", async ({ file }) => {
    const effects: string[] = [];
    const branches = await load(file, effects);
    await branches.record(MAIN, ONE);
    await writeFile(file, "kept");
    await branches.record(MAIN, ONE);
    expect(await readFile(file, "utf8")).toBe("kept");
    expect(effects).toEqual(["before record followed", "after record followed"]);
  });

  it("takes from a file only what it could have written", async ({ file }) => {
    await writeFile(file, `garbage\n${ONE.slice(1)} ${MAIN}\n${ONE}\n${TWO} ${OTHER}\n\0\n${"f".repeat(50)} ${MAIN}\n`);
    const branches = await load(file);
    expect([branches.get(MAIN), branches.get(OTHER)]).toEqual([undefined, TWO]);
  });

  it("keeps the old commit if the write fails, and writes the next one", async ({ file }) => {
    const branches = await load(file);
    await branches.record(MAIN, ONE);
    await mkdir(`${file}.new`);
    await expect(branches.record(MAIN, TWO)).rejects.toThrow();
    expect([branches.get(MAIN), (await load(file)).get(MAIN)]).toEqual([ONE, ONE]);
    await rmdir(`${file}.new`);
    await branches.record(MAIN, TWO);
    expect((await load(file)).get(MAIN)).toBe(TWO);
  });
});
