import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestRepository, testSettings } from "../testing/repositories.ts";
import { gitEnvironment } from "./environment.ts";

const run = promisify(execFile);

describe("gitEnvironment", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "git-room-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("sees no configuration of the user, and nothing of the process around it", async () => {
    await writeFile(join(folder, ".gitconfig"), "[user]\n\tname = Somebody\n");
    const env = gitEnvironment(testSettings, join(folder, "x.git"), folder);
    await run("git", ["init", "-q", "--bare"], { env, cwd: folder });
    const { stdout } = await run("git", ["config", "--list", "--show-scope"], { env, cwd: folder });
    expect(
      new Set(
        stdout
          .trim()
          .split("\n")
          .map((line) => line.split("\t")[0]),
      ),
    ).toEqual(new Set(["local", "command"]));
    expect(stdout).not.toContain("Somebody");
    expect(
      Object.keys(env)
        .filter((name) => !name.startsWith("GIT_"))
        .sort(),
    ).toEqual(["HOME", "LC_ALL", "PATH"]);
  });

  it("works on the named repository only, never on one around it", async () => {
    const env = gitEnvironment(testSettings, join(folder, "none.git"), folder);
    await run("git", ["init", "-q", folder]);
    await expect(run("git", ["rev-parse", "--git-dir"], { env, cwd: folder })).rejects.toThrow("not a git repository");
  });
});

describe("a mirror", () => {
  let repository: TestRepository;
  beforeEach(async () => {
    repository = await TestRepository.create();
  });
  afterEach(() => repository.close());

  it("runs no hooks, even those that someone put there", async () => {
    const mirror = await repository.openMirror();
    const mark = join(repository.folder, "ran");
    await mkdir(join(mirror.repository.dir, "hooks"), { recursive: true });
    for (const name of ["reference-transaction", "post-update", "pre-push"]) {
      await writeFile(join(mirror.repository.dir, "hooks", name), `#!/bin/sh\ntouch ${mark}\n`);
      await chmod(join(mirror.repository.dir, "hooks", name), 0o755);
    }
    await repository.commitFile("refs/heads/main", "a", "1");
    expect(await mirror.fetch()).toHaveLength(1);
    await expect(stat(mark)).rejects.toThrow();
  });

  it("leaves out the refs whose objects git's own check calls dangerous, and takes the others", async () => {
    const commit = await repository.commitFile("refs/heads/main", "a", "1");
    const blob = await repository.git("rev-parse", `${commit}:a`);
    const tree = Buffer.concat([Buffer.from("100644 .git\0"), Buffer.from(blob, "hex")]);
    await writeFile(join(repository.folder, "tree"), tree);
    const args = ["hash-object", "-t", "tree", "-w", "--literally", join(repository.folder, "tree")];
    const bad = await repository.git("commit-tree", await repository.git(...args), "-m", "x");
    await repository.git("update-ref", "refs/heads/bad", bad);
    const mirror = await repository.openMirror();
    expect((await mirror.fetch()).map(({ ref }) => ref)).toEqual(["refs/heads/main"]);
    expect([...mirror.refusedRefs()]).toEqual([
      [
        "refs/heads/bad",
        { ref: "refs/heads/bad", oid: bad, reason: "BadObjects", message: expect.stringContaining("hasDotgit") },
      ],
    ]);
    expect(await mirror.fetch()).toEqual([]);
    await repository.git("update-ref", "refs/heads/bad", commit);
    expect((await mirror.fetch()).map(({ ref }) => ref)).toEqual(["refs/heads/bad"]);
    expect(mirror.refusedRefs().size).toBe(0);
  });
});
