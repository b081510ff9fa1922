import { execFileSync } from "node:child_process";
import { mkdir, open, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { GitError } from "../errors.ts";
import { it } from "../testing/fixtures.ts";
import { addTo, requestOf } from "../testing/push-fixtures.ts";
import { type TestRepository, testSettings } from "../testing/repositories.ts";
import { localRemoteConfig } from "./environment.ts";
import { resolveLocalRemote } from "./local-remote.ts";

const UNSAFE = { reason: "UnsafeRepository" };

/** Fetches and pushes as the operator does; returns why it was refused. */
async function use(repository: TestRepository): Promise<unknown> {
  const settings = { ...testSettings, dataDir: join(repository.folder, "data"), runsLocalHooks: false };
  try {
    const queue = await repository.openQueue({ mirror: await repository.openMirror({ settings }) });
    return await queue.submit(requestOf(addTo("web")));
  } catch (error) {
    return error;
  }
}

/** Pushes to `refs/heads/main` with the commands of `localRemoteConfig`, as if the repository had passed the check. */
function pushUnchecked({ bare, folder }: TestRepository): void {
  const options = localRemoteConfig(bare, false).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const env = { ...testSettings.ambient, HOME: folder, GIT_CONFIG_NOSYSTEM: "1" };
  execFileSync("git", [...options, "push", "-q", "origin", "HEAD:refs/heads/main"], {
    cwd: join(folder, "clone"),
    env,
    stdio: "pipe",
  });
}

async function writeAlternates(own: string, text: string): Promise<void> {
  await mkdir(join(own, "objects", "info"), { recursive: true });
  await writeFile(join(own, "objects", "info", "alternates"), text);
}

async function borrowBehindBlank({ bare }: TestRepository): Promise<void> {
  for (const name of ["objects", "refs"]) await mkdir(join(bare, "objects", " x", name), { recursive: true });
  await writeAlternates(bare, " x/objects\n");
}

/** Has a push refresh a work tree, for which git runs `core.fsmonitor`. */
async function updateWorkTree(repository: TestRepository, command: string): Promise<void> {
  const tree = join(repository.folder, "tree");
  await mkdir(tree);
  await writeFile(join(repository.bare, "HEAD"), "ref: refs/heads/main\n");
  await repository.git("config", "core.bare", "false");
  await repository.git("config", "core.worktree", tree);
  execFileSync("git", ["--git-dir", repository.bare, "--work-tree", tree, "checkout", "-q", "-f", "main"], {
    cwd: tree,
  });
  await repository.git("config", "receive.denyCurrentBranch", "updateInstead");
  const script = join(repository.folder, "monitor");
  await writeFile(script, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  await repository.git("config", "core.fsmonitor", script);
}

describe("a repository on the operator's machine", () => {
  it("borrows no objects by a path that begins with a blank", async ({ repository }) => {
    await repository.commitFile("refs/heads/main", "a.yaml", "a\n");
    for (const text of [" /../../../data/mirrors/0123.git/objects\n", "\t\n", "# none\n \n", "\r\n", "\f/x"]) {
      await writeAlternates(repository.bare, text);
      await expect(resolveLocalRemote(repository.bare, "/nowhere"), text).rejects.toMatchObject(UNSAFE);
    }
  });

  it("borrows no objects by a list that is too long to read", async ({ repository }) => {
    await writeAlternates(repository.bare, "");
    const file = await open(join(repository.bare, "objects", "info", "alternates"), "r+");
    await file.truncate(3 * 1024 ** 3);
    await file.close();
    await expect(resolveLocalRemote(repository.bare, "/nowhere")).rejects.toThrow(/is larger than/);
  });

  it("includes no file by a section behind another one on the same line", async ({ repository }) => {
    const other = join(repository.folder, "other");
    await writeFile(other, "[foreign]\n\tkey = of-another-tenant\n");
    await writeFile(join(repository.bare, "config"), `[core]\n\tbare = true\n[core][include]\n\tpath = ${other}\n`);
    expect(await repository.git("config", "--get", "--includes", "foreign.key")).toBe("of-another-tenant");
    await expect(resolveLocalRemote(repository.bare, "/nowhere")).rejects.toMatchObject(UNSAFE);
  });

  it.for(["config", "config.worktree"])(
    "has only settings of the list in %s, and is told which not",
    async (name, { repository }) => {
      await writeFile(join(repository.bare, name), "[core]\n\tbare = true\n");
      expect(await resolveLocalRemote(repository.bare, "/nowhere")).toBe(repository.bare);
      await writeFile(join(repository.bare, name), "[core]\n\tbare = true\n\tsshCommand = id\n");
      await expect(resolveLocalRemote(repository.bare, "/nowhere")).rejects.toThrow(
        new RegExp(`the setting core.sshcommand is not .* \\(${name}\\)`),
      );
    },
  );
});

describe("git on a repository on the operator's machine", () => {
  it("runs no command that lists the refs of alternates", async ({ repository }) => {
    await repository.commitFile("refs/heads/main", "a.yaml", "a\n");
    await borrowBehindBlank(repository);
    await repository.git("config", "core.alternateRefsCommand", `touch ${join(repository.folder, "ran")}; :`);
    expect(await use(repository)).toMatchObject(UNSAFE);
    expect(await readdir(repository.folder)).not.toContain("ran");
  });

  it("runs no command that watches a work tree", async ({ repository }) => {
    await repository.commitFile("refs/heads/main", "a.yaml", "a\n");
    await updateWorkTree(repository, `touch ${join(repository.folder, "ran")}`);
    const refused = await use(repository);
    expect(refused).toMatchObject(UNSAFE);
    expect((refused as GitError).message).toContain("core.worktree");
    expect(await readdir(repository.folder)).not.toContain("ran");
  });

  it("runs neither command if they are written after the check", async ({ repository }) => {
    await repository.commitFile("refs/heads/main", "a.yaml", "a\n");
    execFileSync("git", ["clone", "-q", repository.bare, join(repository.folder, "clone")]);
    await borrowBehindBlank(repository);
    await repository.git("config", "core.alternateRefsCommand", `touch ${join(repository.folder, "ran")}; :`);
    pushUnchecked(repository);
    await updateWorkTree(repository, `touch ${join(repository.folder, "ran")}`);
    const tree = ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "next"];
    execFileSync("git", tree, { cwd: join(repository.folder, "clone") });
    expect(() => pushUnchecked(repository)).toThrow(/refusing to update checked out branch/);
    expect(await readdir(repository.folder)).not.toContain("ran");
  });
});
