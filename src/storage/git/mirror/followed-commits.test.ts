import { mkdir, mkdtemp, readFile, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FollowedCommits } from "./followed-commits.ts";

const BLUE = "0c3b3b9e-blue";
const RED = "0c3b3b9e-red";
const [ONE, TWO] = ["1".repeat(40), "2".repeat(64)];

const it = test.extend("file", async ({ task: _ }, { onCleanup }) => {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-followed-"));
  onCleanup(async () => await rm(dir, { recursive: true, force: true }));
  return join(dir, "mirror.git.followed");
});

async function load(followedFile: string, effects: string[] = []): Promise<FollowedCommits> {
  const reachFailpoint = (effect: string, moment: string) => void effects.push(`${moment} ${effect}`);
  const commits = new FollowedCommits({ followedFile, reachFailpoint });
  await commits.load();
  return commits;
}

describe("FollowedCommits", () => {
  it("knows after a restart what was recorded, also at the same time", async ({ file }) => {
    const commits = await load(file);
    expect(commits.get(BLUE)).toBeUndefined();
    await Promise.all([commits.record(BLUE, ONE), commits.record(RED, ONE), commits.record(RED, TWO)]);
    const restarted = await load(file);
    expect([restarted.get(BLUE), restarted.get(RED)]).toEqual([ONE, TWO]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("writes nothing that the file has, and tells the failpoint hook of each write", async ({ file }) => {
    const effects: string[] = [];
    const commits = await load(file, effects);
    await commits.record(BLUE, ONE);
    await writeFile(file, "kept");
    await commits.record(BLUE, ONE);
    expect(await readFile(file, "utf8")).toBe("kept");
    expect(effects).toEqual(["before record followed", "after record followed"]);
  });

  it("takes from a file only what it could have written", async ({ file }) => {
    await writeFile(file, `garbage\n${ONE.slice(1)} ${BLUE}\n${ONE}\n${TWO} ${RED}\n\0\n${"f".repeat(50)} ${BLUE}\n`);
    const commits = await load(file);
    expect([commits.get(BLUE), commits.get(RED)]).toEqual([undefined, TWO]);
  });

  it("drops the oldest of many Repositories", async ({ file }) => {
    const lines = Array.from({ length: 1000 }, (_, index) => `${ONE} uid-${index}\n`);
    await writeFile(file, lines.join(""));
    const commits = await load(file);
    await commits.record("uid-0", TWO);
    await commits.record(BLUE, ONE);
    const restarted = await load(file);
    expect(["uid-0", "uid-1", "uid-2", BLUE].map((uid) => restarted.get(uid))).toEqual([TWO, undefined, ONE, ONE]);
  });

  it("keeps the old commit if the write fails, and writes the next one", async ({ file }) => {
    const commits = await load(file);
    await commits.record(BLUE, ONE);
    await mkdir(`${file}.new`);
    await expect(commits.record(BLUE, TWO)).rejects.toThrow();
    expect([commits.get(BLUE), (await load(file)).get(BLUE)]).toEqual([ONE, ONE]);
    await rmdir(`${file}.new`);
    await commits.record(BLUE, TWO);
    expect((await load(file)).get(BLUE)).toBe(TWO);
  });
});
