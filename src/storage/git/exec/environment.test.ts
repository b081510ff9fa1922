import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { it as base, describe, expect } from "vitest";
import { testSettings } from "../testing/repositories.ts";
import { gitEnvironment } from "./environment.ts";

const run = promisify(execFile);

const it = base.extend("folder", async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), "pkgserver-environment-"));
  onCleanup(() => rm(folder, { recursive: true }));
  return folder;
});

describe("gitEnvironment", () => {
  it.each([
    ["ext::sh -c true", "ext"],
    ["fd::17", "fd"],
    ["git://127.0.0.1:1/a", "git"],
    ["http://127.0.0.1:1/a", "http"],
    ["file:///nowhere", "file"],
    ["ftp://127.0.0.1:1/a", "ftp"],
  ])("makes git itself refuse %s", async (url, transport) => {
    const settings = { ...testSettings, transports: new Set(["https", "ssh"] as const) };
    const env = gitEnvironment(settings, "/nowhere", "/nowhere");
    await expect(run("git", ["ls-remote", url], { env, cwd: "/" })).rejects.toThrow(
      `transport '${transport}' not allowed`,
    );
  });

  it("reads no configuration of the user, and inherits nothing from this process", async ({ folder }) => {
    await writeFile(join(folder, ".gitconfig"), "[user]\n\tname = Ann\n");
    const env = gitEnvironment(testSettings, join(folder, "x.git"), folder);
    await run("git", ["init", "-q", "--bare"], { env, cwd: folder });
    const { stdout } = await run("git", ["config", "--list", "--show-scope"], { env, cwd: folder });
    const scopes = stdout
      .trim()
      .split("\n")
      .map((line) => line.split("\t")[0]);
    expect(new Set(scopes)).toEqual(new Set(["local", "command"]));
    expect(stdout).not.toContain("Ann");
    const others = Object.keys(env).filter((name) => !name.startsWith("GIT_"));
    expect(others.sort()).toEqual(["HOME", "LC_ALL", "PATH"]);
  });

  it("confines git to the named repository, and never uses a repository around it", async ({ folder }) => {
    const env = gitEnvironment(testSettings, join(folder, "none.git"), folder);
    await run("git", ["init", "-q", folder]);
    await expect(run("git", ["rev-parse", "--git-dir"], { env, cwd: folder })).rejects.toThrow("not a git repository");
  });
});
