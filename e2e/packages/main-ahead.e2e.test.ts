import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import type { PackageID, Packages, RevisionFields } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const it = testWithEnv("ahead");

const CONFIRM = "pkg.pkgserver.dev/confirm-base";
const id = (repository: string, workspace: string): PackageID => ({ repository, package: "net", workspace });
const fromMain = (repository: string): RevisionFields => ({
  spec: { tasks: [{ type: "clone" }], upstream: { repository, package: "net", revision: "main" } },
});
const messageOf = async (packages: Packages, name: string) =>
  (await packages.get(name)).status?.conditions?.find((one) => one.type === "Ready")?.message ?? "";

/** A package that is developed on main and tagged sometimes: main has commits since v3.0.0. */
async function createMainAhead(env: TestEnv, repository: string): Promise<{ git: GitReader; ahead: string }> {
  await env.git.createRepository(repository);
  const [, ahead = ""] = await pushExternally(
    env.git,
    repository,
    { files: { "net/a.yaml": "a: 3\n", "net/b.yaml": "b: 3\n" }, tags: ["net/v3.0.0"] },
    { files: { "net/a.yaml": "a: ahead\n", "net/c.yaml": "c: ahead\n" } },
  );
  await env.register(repository);
  return { git: createGitReader(env.git, repository), ahead };
}

describe.concurrent("main that is ahead of the latest tag", () => {
  it("is not overwritten by a draft of that tag until an approver confirms it", async ({ env, packages }) => {
    const { git, ahead } = await createMainAhead(env, "tagged");
    const name = await packages.createDraft(id("tagged", "fix"));
    expect((await packages.get(name)).status?.base).toMatchObject({ revision: "v3.0.0" });
    await packages.save(name, { "b.yaml": "b: fixed\n" });
    await packages.propose(name);
    await packages.approve(name);
    const { status } = await packages.waitForReason(name, "MainDiverged");
    expect(status?.waitingFor).toEqual(["MainDiverged"]);
    expect(await messageOf(packages, name)).toContain(`was changed by External User (commit ${ahead})`);
    expect(await git("rev-parse", "main")).toBe(ahead);
    await packages.patch(name, { metadata: { annotations: { [CONFIRM]: ahead } } }, "bob");
    expect((await packages.waitForReason(name, "Published")).status?.revision).toBe("v4");
    expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 3\n", "net/b.yaml": "b: fixed\n" });
  });

  it("is the base of a draft with upstream revision main", async ({ env, packages }) => {
    const { git, ahead } = await createMainAhead(env, "source");
    const name = await packages.createDraft(id("source", "next"), undefined, fromMain("source"));
    const { status } = await packages.get(name);
    expect(status?.upstreamLock).toMatchObject({ revision: "main", commit: ahead });
    expect(status?.base).toEqual({ revision: "v3.0.0", commit: ahead, mainCommit: ahead });
    await packages.save(name, { "d.yaml": "d: new\n" });
    expect((await packages.publish(name)).status?.revision).toBe("v4");
    const files = {
      "net/a.yaml": "a: ahead\n",
      "net/b.yaml": "b: 3\n",
      "net/c.yaml": "c: ahead\n",
      "net/d.yaml": "d: new\n",
    };
    expect(await git.files("main")).toEqual(files);
    expect(await git.files("net/v4")).toEqual(files);
  });

  it("blocks such a draft again when it gets another commit", async ({ env, packages }) => {
    const { git } = await createMainAhead(env, "again");
    const name = await packages.createDraft(id("again", "next"), undefined, fromMain("again"));
    await pushExternally(env.git, "again", { files: { "net/c.yaml": "c: more\n" } });
    await packages.propose(name);
    await packages.approve(name);
    await packages.waitForReason(name, "MainDiverged");
    // The commit is reverted: the publication continues without another request.
    await pushExternally(env.git, "again", { files: { "net/c.yaml": "c: ahead\n" } });
    await env.sync("again");
    await packages.waitForReason(name, "Published");
    expect(await git("log", "-4", "--format=%s", "main")).toBe("Publish net v4\nA change\nA change\nA change");
  });

  it("is published with a draft whose branch has merged it with git", async ({ env, packages }) => {
    const { git } = await createMainAhead(env, "merged");
    const name = await packages.createDraft(id("merged", "fix"), undefined, fromMain("merged"));
    const [external = ""] = await pushExternally(env.git, "merged", { files: { "net/b.yaml": "b: hotfix\n" } });
    await packages.save(name, { "e.yaml": "e: ours\n" });
    const head = await git("rev-parse", "net/fix");
    // As `git merge main` does where both sides are kept; the author decides the files.
    await pushExternally(env.git, "merged", {
      branch: "net/fix",
      merge: external,
      files: { "net/a.yaml": "a: ahead\n", "net/b.yaml": "b: hotfix\n", "net/c.yaml": "c: ahead\n" },
    });
    const merge = await git("rev-parse", "net/fix");
    expect(await git("log", "-1", "--format=%P", "net/fix")).toBe(`${head} ${external}`);
    await env.sync("merged");
    const shown = await packages.waitFor(name, "has the merge commit", ({ status }) => status?.commit !== head);
    expect(await git("merge-base", merge, shown.status?.commit ?? "")).toBe(merge);
    await packages.publish(name);
    expect(await git.files("main", "net")).toEqual(await git.files("net/v4", "net"));
    expect(await git.files("main")).toMatchObject({ "net/b.yaml": "b: hotfix\n", "net/e.yaml": "e: ours\n" });
  });

  it("is not overwritten by a merge of later commits alone: earlier changes still block it", async ({
    env,
    packages,
  }) => {
    const { git, ahead } = await createMainAhead(env, "partly");
    const name = await packages.createDraft(id("partly", "fix"));
    const head = await git("rev-parse", "net/fix");
    const [external = ""] = await pushExternally(env.git, "partly", { files: { "net/b.yaml": "b: hotfix\n" } });
    await pushExternally(env.git, "partly", {
      branch: "net/fix",
      merge: external,
      files: { "net/b.yaml": "b: hotfix\n" },
    });
    expect(await git("log", "-1", "--format=%P", "net/fix")).toBe(`${head} ${external}`);
    await env.sync("partly");
    await packages.waitFor(name, "has the merge commit", ({ status }) => status?.commit !== head);
    await packages.propose(name);
    await packages.approve(name);
    await packages.waitForReason(name, "MainDiverged");
    expect(await messageOf(packages, name)).not.toContain("merge it into");
    expect(await git.files("main")).toMatchObject({ "net/a.yaml": "a: ahead\n" });
    expect(await git("merge-base", "main", ahead)).toBe(ahead);
  });

  it("can be merged into a draft without changes: the branch remains the draft's", async ({ env, packages }) => {
    const { git } = await createMainAhead(env, "same");
    const name = await packages.createDraft(id("same", "next"), undefined, fromMain("same"));
    const head = await git("rev-parse", "net/next");
    const [external = ""] = await pushExternally(env.git, "same", { files: { "net/b.yaml": "b: hotfix\n" } });
    await pushExternally(env.git, "same", {
      branch: "net/next",
      merge: external,
      files: { "net/b.yaml": "b: hotfix\n" },
    });
    const merge = await git("rev-parse", "net/next");
    await env.sync("same");
    const shown = await packages.waitFor(name, "has the merge commit", ({ status }) => status?.commit !== head);
    expect(await git("merge-base", merge, shown.status?.commit ?? "")).toBe(merge);
    expect((await packages.contents(name)).spec.resources).toMatchObject({ "b.yaml": "b: hotfix\n" });
    await packages.save(name, { "d.yaml": "d: 1\n" });
    expect((await packages.publish(name)).status?.revision).toBe("v4");
  });

  it("is the base of a draft that was discovered from an external branch", async ({ env, packages }) => {
    const { git, ahead } = await createMainAhead(env, "branch");
    await pushExternally(env.git, "branch", {
      branch: "net/external",
      from: "refs/heads/main",
      files: { "net/f.yaml": "f: 1\n" },
    });
    await env.sync("branch");
    const name = "catalog.branch.net.external";
    await packages.waitForReason(name, "Draft");
    expect((await packages.get(name)).status?.base).toEqual({ revision: "v3.0.0", commit: ahead, mainCommit: ahead });
    await packages.publish(name);
    expect(await git.files("main")).toEqual({
      "net/a.yaml": "a: ahead\n",
      "net/b.yaml": "b: 3\n",
      "net/c.yaml": "c: ahead\n",
      "net/f.yaml": "f: 1\n",
    });
  });

  it("can be cloned where the package was never tagged, also into another repository and before it exists", async ({
    env,
    packages,
  }) => {
    await env.git.createRepository("untagged");
    await env.register("untagged");
    const name = await packages.create(id("untagged", "first"), fromMain("untagged"));
    await packages.waitForReason(name, "UpstreamNotFound");
    expect(await messageOf(packages, name)).toBe(
      "spec.upstream: Repository untagged has no folder net on refs/heads/main",
    );
    await pushExternally(env.git, "untagged", { files: { "net/a.yaml": "a: 1\n" } });
    await env.sync("untagged");
    await packages.waitForReason(name, "Draft");
    expect((await packages.contents(name)).spec.resources).toEqual({ "a.yaml": "a: 1\n" });
    // An empty draft of the same package was not made from main.
    const empty = await packages.createDraft(id("untagged", "empty"), { "z.yaml": "z: 1\n" });
    await packages.propose(empty);
    await packages.approve(empty);
    await packages.waitForReason(empty, "MainDiverged");
    expect((await packages.publish(name)).status?.revision).toBe("v1");
    await env.git.createRepository("elsewhere");
    await env.register("elsewhere", { deployment: true });
    const copy = { target: "edge1", repository: "elsewhere", package: "net", workspace: "one" };
    const cloned = await packages.createDraft(copy, undefined, fromMain("untagged"));
    expect((await packages.get(cloned)).status?.base?.mainCommit).toBeUndefined();
    expect((await packages.publish(cloned)).status?.revision).toBe("v1");
  });
});
