import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { startOperator } from "../harness/operator.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import type { PackageID } from "../testenv/packages.ts";
import { readyReason, type TestEnv } from "../testenv/testenv.ts";

const why = "the test replaces histories by force, and an administrator accepts that";

const it = testWithEnv("history", {
  end: {
    exceptions: [
      { invariant: 5, why },
      { invariant: 6, why },
    ],
  },
});

const CONFIRM = "pkg.pkgserver.dev/confirm-history";
const confirm = (before: string, after: string) => ({
  metadata: { annotations: { [CONFIRM]: `${before}..${after}` } },
});
const id = (repository: string, workspace: string): PackageID => ({ repository, package: "net", workspace });
const messageOf = ({ status }: Pick<Repository, "status">) =>
  status?.conditions?.find((one) => one.type === "Ready")?.message ?? "";

/**
 * A package with a published v1, and a proposal for its second revision. `first`: main's first commit; `before`: its
 * last.
 */
async function createProposal(
  { env, packages }: Fixtures,
  repository: string,
): Promise<{ git: GitReader; name: string; first: string; before: string }> {
  await env.git.createRepository(repository);
  await env.register(repository);
  await packages.createPublished(id(repository, "one"), { "a.yaml": "a: 1\n" });
  const git = createGitReader(env.git, repository);
  const name = await packages.createDraft(id(repository, "two"), { "a.yaml": "a: 2\n" });
  await packages.propose(name);
  const [before, first] = [await git("rev-parse", "main"), await git("rev-list", "--max-parents=0", "main")];
  return { git, name, first, before };
}

/** Replaces main's history after `commit` by a new commit, and returns that. */
async function rewriteMain(env: TestEnv, repository: string, git: GitReader, commit: string): Promise<string> {
  await git("update-ref", "refs/heads/main", commit);
  const [after = ""] = await pushExternally(env.git, repository, {
    files: { "net/a.yaml": "a: 1\n" },
    message: "Rewritten",
  });
  return after;
}

describe.concurrent("a rewritten history of main", () => {
  it("is reported with both commits, and blocks publications until an administrator accepts it", async ({
    env,
    packages,
  }) => {
    const { git, name, first, before } = await createProposal({ env, packages }, "accepted");
    const after = await rewriteMain(env, "accepted", git, first);
    await env.sync("accepted");
    const reported = await env.waitForRepository("accepted", "HistoryRewritten");
    expect(messageOf(reported)).toContain(`refs/heads/main was moved on the remote from ${before} to ${after},`);
    expect(messageOf(reported)).toContain(
      `git fetch origin ${before} && git push --force origin ${before}:refs/heads/main;`,
    );
    expect(reported.status?.commit).toBe(before);
    await packages.approve(name);
    const { status } = await packages.waitForReason(name, "HistoryRewritten");
    expect(status).toMatchObject({ lifecycle: "proposed", waitingFor: ["HistoryRewritten"] });
    expect(await git("rev-parse", "main")).toBe(after);
    // An acceptance of another commit than the current one has no effect.
    await packages.request("carol", "merge", "repositories/accepted", confirm(before, before));
    const [later = ""] = await pushExternally(env.git, "accepted", { files: { "docs/x.md": "x\n" } });
    await env.sync("accepted");
    await packages.request("carol", "merge", "repositories/accepted", confirm(before, after));
    expect((await env.sync("accepted")).status?.commit).toBe(before);
    await packages.request("carol", "merge", "repositories/accepted", confirm(before, later));
    await packages.waitForReason(name, "Published");
    expect(await git("log", "-3", "--format=%s", "main")).toBe("Publish net v2\nA change\nRewritten");
    expect(readyReason(await env.sync("accepted"))).toBe("Synced");
  });

  it("blocks the deletion of a published revision too", async ({ env, packages }) => {
    const { git, first, before } = await createProposal({ env, packages }, "deletion");
    const name = "catalog.deletion.net.one";
    const after = await rewriteMain(env, "deletion", git, first);
    await packages.setLifecycle(name, "deletionProposed");
    await packages.waitForReason(name, "DeletionProposed");
    await env.sync("deletion");
    await packages.delete(name, "bob");
    await packages.waitFor(name, "waits for main", ({ status }) =>
      (status?.conditions ?? []).some(({ reason }) => reason === "HistoryRewritten"),
    );
    expect(await git("tag", "--list")).toBe("net/v1");
    await packages.request("carol", "merge", "repositories/deletion", confirm(before, after));
    await packages.waitUntilGone(name);
    expect(await git("tag", "--list")).toBe("net/deleted-v1");
  });

  it("is reported but does not block publications where the Repository is tagOnly", async ({ env, packages }) => {
    await env.git.createRepository("tags");
    await env.register("tags", { publish: "tagOnly" });
    const git = createGitReader(env.git, "tags");
    const [one = ""] = await pushExternally(env.git, "tags", { files: { "docs/x.md": "x\n" } });
    await env.sync("tags");
    await rewriteMain(env, "tags", git, `${one}^`);
    await env.sync("tags");
    await env.waitForRepository("tags", "HistoryRewritten");
    expect((await packages.createPublished(id("tags", "one"), { "a.yaml": "a: 1\n" })).status?.revision).toBe("v1");
  });
});

describe.concurrent("a rewritten history of a draft's branch", () => {
  /** A draft whose acknowledged edit is amended and force-pushed; `before` and `after` are the heads. */
  async function amend(
    { env, packages }: Fixtures,
    repository: string,
  ): Promise<{ git: GitReader; name: string; before: string; after: string }> {
    await env.git.createRepository(repository);
    await env.register(repository);
    const name = await packages.createDraft(id(repository, "one"), { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" });
    const git = createGitReader(env.git, repository);
    const before = await git("rev-parse", "net/one");
    await git("update-ref", "refs/heads/net/one", `${before}^`);
    const [after = ""] = await pushExternally(env.git, repository, {
      branch: "net/one",
      files: { "net/a.yaml": "a: amended\n", "net/b.yaml": "b: 1\n" },
    });
    await env.sync(repository);
    const reported = await packages.waitForReason(name, "BranchRewritten");
    expect(messageOf(reported)).toContain(`refs/heads/net/one was moved on the remote from ${before} to ${after},`);
    return { git, name, before, after };
  }

  it("is reported; the acknowledged contents stay, and edits wait", async ({ env, packages }) => {
    const { git, name, before, after } = await amend({ env, packages }, "reported");
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" });
    await packages.edit(name, { "c.yaml": "c: 1\n" });
    await packages.setLifecycle(name, "proposed");
    await packages.waitForReason(name, "BranchRewritten");
    expect(await git("rev-parse", "net/one")).toBe(after);
    await git("update-ref", "refs/heads/net/one", before);
    await env.sync("reported");
    await packages.waitForReason(name, "Proposed");
    expect(await git.files("net/one")).toEqual({
      "net/a.yaml": "a: 1\n",
      "net/b.yaml": "b: 1\n",
      "net/c.yaml": "c: 1\n",
    });
  });

  it("is the base of further edits once the user accepts it", async ({ env, packages }) => {
    const { git, name, before, after } = await amend({ env, packages }, "taken");
    await packages.edit(name, { "c.yaml": "c: 1\n" });
    await packages.patch(name, confirm(before, after));
    await packages.waitForReason(name, "Draft");
    const files = { "a.yaml": "a: amended\n", "b.yaml": "b: 1\n", "c.yaml": "c: 1\n" };
    expect((await packages.waitForAcknowledgement(name)).spec.resources).toEqual(files);
    expect(await git("rev-parse", "net/one^")).toBe(after);
  });

  it("stays in Git when the draft is deleted, since it was never shown", async ({ env, packages }) => {
    const { git, name, after } = await amend({ env, packages }, "deleted");
    await packages.delete(name);
    await packages.waitForReason(name, "Draft");
    expect(await git("rev-parse", "net/one")).toBe(after);
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": "a: amended\n", "b.yaml": "b: 1\n" });
  });
});

// Not concurrent with the others: an operator that is killed in the middle of a fetch clones the mirror again, and the
// edits of a draft whose history was rewritten at that moment lose their base.
describe("a rewritten history of main that is restored", () => {
  it("no longer blocks publications, also after a restart", async ({ env, packages }) => {
    const { git, name, first, before } = await createProposal({ env, packages }, "restored");
    await rewriteMain(env, "restored", git, first);
    await env.sync("restored");
    await env.waitForRepository("restored", "HistoryRewritten");
    await env.restartOperator("kill");
    await env.sync("restored");
    await packages.approve(name);
    await packages.waitForReason(name, "HistoryRewritten");
    await git("update-ref", "refs/heads/main", before);
    await env.sync("restored");
    await packages.waitForReason(name, "Published");
    expect(await git("log", "-2", "--format=%H", "main").then((text) => text.split("\n")[1])).toBe(before);
  });
});

// Not concurrent with the others: the operator is down in it.
describe("a history that is rewritten while the operator is down", () => {
  it("is noticed on main though only the disk knows of the last publication", async ({ env, packages }) => {
    await env.git.createRepository("last");
    await env.register("last");
    const git = createGitReader(env.git, "last");
    await packages.createPublished(id("last", "one"), { "a.yaml": "a: 1\n" });
    const { status } = await env.sync("last");
    await packages.createPublished({ ...id("last", "one"), package: "dns" }, { "a.yaml": "a: 1\n" });
    await env.operator.kill();
    const before = await git("rev-parse", "main");
    // The state between two writes of the operator.
    await packages.request("admin", "merge", "repositories/last/status", { status: { commit: status?.commit } });
    await git("update-ref", "refs/heads/main", `${status?.commit}`);
    await env.as("admin")("delete", "lease", "pkgserver");
    await env.restartOperator("kill");
    const reported = await env.waitForRepository("last", "HistoryRewritten");
    expect(messageOf(reported)).toContain(
      `refs/heads/main was moved on the remote from ${before} to ${status?.commit},`,
    );
  });

  it("is noticed on main though the disk went with an operator that had just published", async ({ env, packages }) => {
    await env.git.createRepository("rolled");
    await env.register("rolled");
    const git = createGitReader(env.git, "rolled");
    await packages.createPublished(id("rolled", "one"), { "a.yaml": "a: 1\n" });
    const before = await git("rev-parse", "main");
    await env.operator.stop();
    expect((await env.repository("rolled")).status?.commit).toBe(before);
    await rm(join(env.operatorSpec.dir, "operator-data"), { recursive: true });
    await git("update-ref", "refs/heads/main", `${before}^`);
    env.operator = await startOperator(env.operatorSpec);
    await env.waitForRepository("rolled", "HistoryRewritten");
  });

  it("is noticed on a draft's branch though only its contents have the last commit", async ({ env, packages }) => {
    await env.git.createRepository("shown");
    await env.register("shown");
    const name = await packages.createDraft(id("shown", "one"), { "a.yaml": "a: 1\n" });
    const git = createGitReader(env.git, "shown");
    const before = await git("rev-parse", "net/one");
    const { status } = await packages.waitFor(name, `is at ${before}`, (one) => one.status?.commit === before);
    await packages.save(name, { "a.yaml": "a: 2\n" });
    const shown = await git("rev-parse", "net/one");
    await env.operator.kill();
    await packages.request("operator", "merge", `packagerevisions/${name}/status`, { status });
    await git("update-ref", "refs/heads/net/one", before);
    await env.as("admin")("delete", "lease", "pkgserver");
    await env.restartOperator("kill");
    const reported = await packages.waitForReason(name, "BranchRewritten");
    expect(messageOf(reported)).toContain(`refs/heads/net/one was moved on the remote from ${shown} to ${before},`);
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": "a: 2\n" });
  });
});

// Not concurrent with the others: it removes all mirrors of the operator.
describe("a rewritten history of a draft's branch that is accepted", () => {
  it("does not push removed commits back, also where the mirror was removed as well", async ({ env, packages }) => {
    await env.git.createRepository("purged");
    await env.register("purged");
    const name = await packages.createDraft(id("purged", "one"), { "a.yaml": "a: 1\n" });
    const git = createGitReader(env.git, "purged");
    const before = await git("rev-parse", "net/one");
    await packages.save(name, { "secret.yaml": "password: hunter2\n" });
    const lost = await git("rev-parse", "net/one");
    await env.operator.kill();
    await rm(join(env.operatorSpec.dir, "operator-data"), { recursive: true });
    await git("update-ref", "refs/heads/net/one", before);
    await git("reflog", "expire", "--expire=now", "--all");
    await git("gc", "--prune=now", "--quiet");
    env.operator = await startOperator(env.operatorSpec);
    await packages.waitForReason(name, "BranchRewritten");
    await packages.patch(name, confirm(lost, before));
    await packages.waitForReason(name, "Draft");
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": "a: 1\n" });
    expect(await git.files("net/one")).toEqual({ "net/a.yaml": "a: 1\n" });
  });
});
