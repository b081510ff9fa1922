import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { Mirror } from "../mirror/mirror.ts";
import { it, MAIN } from "../testing/fixtures.ts";
import { fetchError, temporaryPacks } from "../testing/hostile-servers.ts";
import { type TestRepository, testSettings } from "../testing/repositories.ts";
import { readGitChildren } from "./child-processes.ts";
import { GitMemory } from "./git-memory.ts";

const MIB = 1024 * 1024;

/** Many small objects: git holds a record of each while it checks what it fetches. */
async function commitFiles(repository: TestRepository, count: number): Promise<void> {
  const stream = join(repository.folder, "stream");
  const files = Array.from(
    { length: count },
    (_, index) => `M 100644 inline d${index % 200}/${index}\ndata <<E\n${index}\nE\n`,
  );
  await writeFile(stream, `commit ${MAIN}\ncommitter A <a@b> 0 +0000\ndata 0\n${files.join("")}`);
  const child = spawn("sh", ["-c", `git --git-dir "$0" fast-import --quiet --force < "$1"`, repository.bare, stream]);
  await new Promise((resolve) => child.on("close", resolve));
}

async function openMirrors(repository: TestRepository, count: number, limitBytes: number): Promise<readonly Mirror[]> {
  const settings = { ...testSettings, memory: new GitMemory(limitBytes) };
  const dirs = Array.from({ length: count }, (_, index) => join(repository.folder, `mirror-${index}.git`));
  return await Promise.all(dirs.map(async (dir) => await repository.openMirror({ settings, dir })));
}

/** The most that all git processes had at once, with what no other measurement sees between two of these. */
async function peakOf(work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  const look = () => {
    peak = Math.max(
      peak,
      [...readGitChildren().values()].reduce((sum, bytes) => sum + bytes, 0),
    );
  };
  const timer = setInterval(look, 20);
  try {
    await work();
    return peak;
  } finally {
    clearInterval(timer);
  }
}

describe("the memory of git processes", () => {
  it("is what all of them have together, with the processes that they have started", async () => {
    const child = spawn("sh", ["-c", "git --version >/dev/null; read line"]);
    const status = () => readFileSync(`/proc/${child.pid}/status`, "utf8");
    await expect.poll(() => readGitChildren().get(child.pid ?? 0)).toBeGreaterThan(0);
    const own = Number(/^RssAnon:\s+(\d+)/m.exec(status())?.[1]) * 1024;
    expect(readGitChildren().get(child.pid ?? 0)).toBeGreaterThanOrEqual(own);
    child.stdin.end();
    await expect.poll(() => readGitChildren().has(child.pid ?? 0)).toBe(false);
  });

  it("of several large fetches at once stays below the limit, and all of them succeed", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    await commitFiles(repository, 60_000);
    const [alone] = await openMirrors(repository, 1, 1024 * MIB);
    const one = await peakOf(async () => await alone?.fetch());
    const limit = 2.5 * one;
    const mirrors = await openMirrors(repository, 6, limit);
    const peak = await peakOf(async () => {
      await Promise.all(mirrors.map((mirror) => fetchUntilDone(mirror)));
    });
    expect(mirrors.map((mirror) => mirror.refs().size)).toEqual([1, 1, 1, 1, 1, 1]);
    // Without the limit it would be six times that of one.
    expect(peak).toBeLessThan(limit);
    console.info(
      "one fetch:",
      Math.round(one / MIB),
      "MiB; limit:",
      Math.round(limit / MIB),
      "peak of six:",
      peak / MIB,
    );
  });

  it("that one fetch alone needs above the limit ends it, with the limit and its setting", async ({ repository }) => {
    await repository.commitFile(MAIN, "a", "1");
    await commitFiles(repository, 60_000);
    const [mirror] = await openMirrors(repository, 1, 8 * MIB);
    if (mirror === undefined) throw new Error("there is no mirror");
    const error = await fetchError(mirror);
    expect(error).toMatchObject({ reason: "MemoryLimitExceeded", retryable: true });
    expect(error.message).toContain("may use 8 MiB of memory (gitLimits.memory, PKGSERVER_GIT_LIMIT_MEMORY)");
    expect(await temporaryPacks(mirror)).toEqual([]);
    expect(readGitChildren().size).toBe(0);
  });
});

/** As a Repository is reconciled: what was ended is tried again. */
async function fetchUntilDone(mirror: Mirror): Promise<void> {
  await expect
    .poll(
      async () =>
        await mirror.fetch().then(
          () => "done",
          ({ reason }) => reason,
        ),
      { timeout: 100_000 },
    )
    .toBe("done");
}
