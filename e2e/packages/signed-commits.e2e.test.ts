import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { readSigners } from "../testenv/signers.ts";

const ID = { repository: "all", package: "net" } as const;

const it = testWithEnv("signed")
  /** Runs `git verify-commit` or `git verify-tag` with the published keys, as docs/git-layout.md shows it. */
  .extend("verify", ({ env, requestAs }) => async (command: "verify-commit" | "verify-tag", ...names: string[]) => {
    const dir = await mkdtemp(join(tmpdir(), "pkgserver-signers-"));
    try {
      const file = join(dir, "allowed_signers");
      await writeFile(file, await readSigners(requestAs, env.operatorSpec.leaseNamespace));
      const config = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${file}`];
      await env.git.git("all", ...config, command, ...names);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

/** Proposes, takes that back, proposes again, and publishes, with an edit and a change of labels before. */
async function publishFirst({ packages }: Fixtures): Promise<void> {
  const name = await packages.createDraft({ ...ID, workspace: "one" });
  await packages.save(name, { "a.yaml": "a: 1\n" });
  const { commit } = (await packages.get(name)).status ?? {};
  await packages.patch(name, { metadata: { labels: { team: "web" } } });
  await packages.waitFor(name, "has recorded its labels", ({ status }) => status?.commit !== commit);
  await packages.propose(name);
  await packages.setLifecycle(name, "draft");
  await packages.waitForReason(name, "Draft");
  await packages.publish(name);
}

/** Takes over a branch that is nobody's draft; returns the pushed commit. */
async function takeOver({ env, packages }: Fixtures): Promise<string> {
  const push = { branch: "docs/fix", from: "refs/heads/main", files: { "docs/guide.md": "fixed\n" } };
  const [pushed = ""] = await pushExternally(env.git, "all", push);
  await env.sync("all");
  const name = await packages.createDraft({ repository: "all", package: "docs", workspace: "fix" });
  await packages.waitFor(name, "has its own commit", ({ status }) => status?.commit !== pushed);
  return pushed;
}

async function deletePublished({ packages }: Fixtures, name: string): Promise<void> {
  await packages.setLifecycle(name, "deletionProposed");
  await packages.waitForReason(name, "DeletionProposed");
  await packages.delete(name, "bob");
  await packages.waitUntilGone(name);
}

describe("anybody with the published keys and plain git", () => {
  it("verifies every kind of commit and tag that the operator makes", async ({ env, packages, verify }) => {
    await env.git.createRepository("all", { seed: { "readme.md": "all\n" } });
    const git = createGitReader(env.git, "all");
    const seed = await git("rev-parse", "main");
    await env.register("all");
    await publishFirst({ env, packages });
    await packages.createPublished({ ...ID, workspace: "two" }, { "a.yaml": "a: 2\n" });
    const pushed = await takeOver({ env, packages });
    await verify("verify-tag", "net/v1", "net/v2");
    for (const workspace of ["two", "one"]) await deletePublished({ env, packages }, `catalog.all.net.${workspace}`);

    const lines = (await git("log", "--all", "--format=%H %s")).split("\n");
    const subjects = new Map(lines.map((line) => [line.slice(0, 40), line.slice(41)]));
    for (const foreign of [seed, pushed]) {
      expect(subjects.delete(foreign)).toBe(true);
      await expect(verify("verify-commit", foreign)).rejects.toThrow();
    }
    expect([...subjects.values()].map((subject) => subject.replace(/: .*/, "")).sort()).toEqual([
      "Delete net v1",
      "Delete net v2",
      "Edit net (one)",
      "Edit net (two)",
      "Propose net (one)",
      "Propose net (one)",
      "Propose net (two)",
      "Publish net v1",
      "Publish net v2",
      "Return net (one) to draft",
      "Start net (one)",
      "Start net (two)",
      "Take docs (fix)",
      "Update net (one)",
    ]);
    await verify("verify-commit", ...subjects.keys());
    const tombstones = ["net/deleted-v1", "net/deleted-v2"];
    expect(await git.refs()).toEqual(["heads/docs/fix", ...tombstones.map((name) => `tags/${name}`)]);
    await verify("verify-tag", ...tombstones);
  });
});
