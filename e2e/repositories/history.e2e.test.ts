import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { startOperator } from "../harness/operator.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { createPackages, type PackageID, type Packages } from "../testenv/packages.ts";
import { readyReason, startTestEnv, type TestEnv } from "../testenv/testenv.ts";

let env: TestEnv;
let packages: Packages;

beforeAll(async () => {
  env = await startTestEnv("history");
  packages = await createPackages(env);
});

afterAll(async () => {
  expect(await packages.listTerminating()).toEqual([]);
  const why = "somebody replaces histories by force here, and an administrator accepts it";
  await env.end({
    exceptions: [
      { invariant: 5, why },
      { invariant: 6, why },
    ],
  });
});

const CONFIRM = "pkg.pkgserver.dev/confirm-history";
const confirm = (before: string, after: string) => ({
  metadata: { annotations: { [CONFIRM]: `${before}..${after}` } },
});
const id = (repository: string, workspace: string): PackageID => ({ repository, package: "net", workspace });
const messageOf = ({ status }: Pick<Repository, "status">) =>
  status?.conditions?.find((one) => one.type === "Ready")?.message ?? "";

async function sync(repository: string): Promise<Repository> {
  return await env.sync(repository);
}

/** A package whose v1 is published, and whose second revision is approved as soon as `approve` is called. */
async function arrange(repository: string): Promise<{ git: GitReader; name: string; first: string; before: string }> {
  await env.git.createRepository(repository);
  await env.register(repository);
  await packages.createPublished(id(repository, "one"), { "a.yaml": "a: 1\n" });
  const git = createGitReader(env.git, repository);
  const name = await packages.createDraft(id(repository, "two"), { "a.yaml": "a: 2\n" });
  await packages.propose(name);
  const [before, first] = [await git("rev-parse", "main"), await git("rev-list", "--max-parents=0", "main")];
  return { git, name, first, before };
}

/** Somebody replaces main's history by another one, from `commit` on; returns where it leads. */
async function rewrite(repository: string, git: GitReader, commit: string): Promise<string> {
  await git("update-ref", "refs/heads/main", commit);
  const [after = ""] = await pushExternally(env.git, repository, {
    files: { "net/a.yaml": "a: 1\n" },
    message: "Anew",
  });
  return after;
}

describe.concurrent("a rewritten history of main", () => {
  it("is told with both commits, and nothing is published on it until somebody accepts it", async () => {
    const { git, name, first, before } = await arrange("accepted");
    const after = await rewrite("accepted", git, first);
    await sync("accepted");
    const told = await env.waitForRepository("accepted", "HistoryRewritten");
    expect(messageOf(told)).toContain(`refs/heads/main was moved on the remote from ${before} to ${after},`);
    expect(messageOf(told)).toContain(
      `git fetch origin ${before} && git push --force origin ${before}:refs/heads/main;`,
    );
    expect(told.status?.commit).toBe(before);
    await packages.setLifecycle(name, "published", "bob");
    const { status } = await packages.waitForReason(name, "HistoryRewritten");
    expect(status).toMatchObject({ lifecycle: "proposed", waitingFor: ["HistoryRewritten"] });
    expect(await git("rev-parse", "main")).toBe(after);
    // What was accepted is not what is there by now.
    await packages.request("carol", "merge", "repositories/accepted", confirm(before, before));
    const [later = ""] = await pushExternally(env.git, "accepted", { files: { "docs/x.md": "x\n" } });
    await sync("accepted");
    await packages.request("carol", "merge", "repositories/accepted", confirm(before, after));
    expect((await sync("accepted")).status?.commit).toBe(before);
    await packages.request("carol", "merge", "repositories/accepted", confirm(before, later));
    await packages.waitForReason(name, "Published");
    expect(await git("log", "-3", "--format=%s", "main")).toBe("Publish net v2\nA change\nAnew");
    expect(readyReason(await sync("accepted"))).toBe("Synced");
  });

  it("is fine again when the old one is put back, also after a restart of the operator", async () => {
    const { git, name, first, before } = await arrange("restored");
    await rewrite("restored", git, first);
    await sync("restored");
    await env.waitForRepository("restored", "HistoryRewritten");
    await env.restartOperator("kill");
    await sync("restored");
    await packages.setLifecycle(name, "published", "bob");
    await packages.waitForReason(name, "HistoryRewritten");
    await git("update-ref", "refs/heads/main", before);
    await sync("restored");
    await packages.waitForReason(name, "Published");
    expect(await git("log", "-2", "--format=%H", "main").then((text) => text.split("\n")[1])).toBe(before);
  });

  it("holds a deletion back too: main is not put back to a revision before it is known which main", async () => {
    const { git, first, before } = await arrange("deletion");
    const name = "catalog.deletion.net.one";
    const after = await rewrite("deletion", git, first);
    await packages.setLifecycle(name, "deletionProposed");
    await packages.waitForReason(name, "DeletionProposed");
    await sync("deletion");
    await packages.delete(name, "bob");
    await packages.waitFor(name, "waits", ({ status }) =>
      (status?.conditions ?? []).some(({ reason }) => reason === "HistoryRewritten"),
    );
    expect(await git("tag", "--list")).toBe("net/v1");
    await packages.request("carol", "merge", "repositories/deletion", confirm(before, after));
    await packages.waitUntilGone(name);
    expect(await git("tag", "--list")).toBe("net/deleted-v1");
  });

  it("is no matter for tags alone, and told all the same", async () => {
    await env.git.createRepository("tags");
    await env.register("tags", { publish: "tagOnly" });
    const git = createGitReader(env.git, "tags");
    const [one = ""] = await pushExternally(env.git, "tags", { files: { "docs/x.md": "x\n" } });
    await sync("tags");
    await rewrite("tags", git, `${one}^`);
    await sync("tags");
    await env.waitForRepository("tags", "HistoryRewritten");
    expect((await packages.createPublished(id("tags", "one"), { "a.yaml": "a: 1\n" })).status?.revision).toBe("v1");
  });
});

describe.concurrent("a rewritten history of a draft's branch", () => {
  /** A draft with an acknowledged edit, which somebody amends and force-pushes; returns the old and the new head. */
  async function amend(repository: string): Promise<{ git: GitReader; name: string; before: string; after: string }> {
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
    await sync(repository);
    const told = await packages.waitForReason(name, "BranchRewritten");
    expect(messageOf(told)).toContain(`refs/heads/net/one was moved on the remote from ${before} to ${after},`);
    return { git, name, before, after };
  }

  it("is told, and what was acknowledged stays shown; edits wait", async () => {
    const { git, name, before, after } = await amend("told");
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" });
    await packages.edit(name, { "c.yaml": "c: 1\n" });
    await packages.setLifecycle(name, "proposed");
    await packages.waitForReason(name, "BranchRewritten");
    expect(await git("rev-parse", "net/one")).toBe(after);
    await git("update-ref", "refs/heads/net/one", before);
    await sync("told");
    await packages.waitForReason(name, "Proposed");
    expect(await git.files("net/one")).toEqual({
      "net/a.yaml": "a: 1\n",
      "net/b.yaml": "b: 1\n",
      "net/c.yaml": "c: 1\n",
    });
  });

  it("is gone on from when somebody accepts it", async () => {
    const { git, name, before, after } = await amend("taken");
    await packages.edit(name, { "c.yaml": "c: 1\n" });
    await packages.patch(name, confirm(before, after));
    await packages.waitForReason(name, "Draft");
    const files = { "a.yaml": "a: amended\n", "b.yaml": "b: 1\n", "c.yaml": "c: 1\n" };
    expect((await packages.waitForAcknowledgement(name)).spec.resources).toEqual(files);
    expect(await git("rev-parse", "net/one^")).toBe(after);
  });

  it("can be deleted with the draft's object, and stays in Git: it was never shown", async () => {
    const { git, name, after } = await amend("deleted");
    await packages.delete(name);
    await packages.waitForReason(name, "Draft");
    expect(await git("rev-parse", "net/one")).toBe(after);
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": "a: amended\n", "b.yaml": "b: 1\n" });
  });
});

// Not beside the others: the operator has none of its copies any more.
describe("a rewritten history of a draft's branch, when it is accepted", () => {
  it("what it has lost is not pushed back, though the operator's copy has lost it too", async () => {
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
