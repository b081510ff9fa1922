import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";

const it = testWithEnv("shallow");

describe("a remote that is a shallow clone", () => {
  it("is reported as such, and is used once its history is complete", async ({ env, packages }) => {
    await env.git.createRepository("shallow");
    const files = { "web/a.yaml": "a: 1\n" };
    const [, second = ""] = await pushExternally(env.git, "shallow", { files: { "x.md": "x\n" } }, { files });
    const boundary = join(env.git.path("shallow"), "shallow");
    await writeFile(boundary, `${second}\n`);
    await env.applyRepository("shallow");
    const { status } = await env.waitForRepository("shallow", "BadObjects");
    expect(status?.conditions?.find(({ type }) => type === "Ready")?.message).toBe(
      "refs/heads/main: the remote is a shallow clone and lacks a part of its history: run git fetch --unshallow in it",
    );

    await rm(boundary);
    await env.sync("shallow");
    await packages.createPublished(
      { repository: "shallow", package: "net", workspace: "one" },
      { "net.yaml": "net: 1\n" },
    );
    expect(await createGitReader(env.git, "shallow").files("main")).toEqual({
      ...files,
      "x.md": "x\n",
      "net/net.yaml": "net: 1\n",
    });
  });

  it("without the published branch is not called empty", async ({ env }) => {
    await env.git.createRepository("other", { initialBranch: "master" });
    const [second = ""] = await pushExternally(env.git, "other", { branch: "master", files: { "x.md": "x\n" } });
    await writeFile(join(env.git.path("other"), "shallow"), `${second}\n`);
    await env.applyRepository("other");
    const { status } = await env.waitForRepository("other", "BranchNotFound");
    expect(status?.conditions?.find(({ type }) => type === "Ready")?.message).toContain(
      "the remote has no branch main, and refs/heads/master cannot be read: the remote is a shallow clone",
    );
  });
});
