import { describe, expect } from "vitest";
import { pushExternally } from "../../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../../testenv/git-reader.ts";
import type { PackageID, Packages } from "../../testenv/packages.ts";

const it = testWithEnv("moved");

const id = (repository: string, workspace: string): PackageID => ({ repository, package: "net", workspace });
const files = (value: number) => ({ "a.yaml": `a: ${value}\n` });

/** v1 and v2 of a package. */
async function arrange(
  { env, packages }: Fixtures,
  repository: string,
): Promise<{ git: GitReader; first: string; second: string }> {
  await env.git.createRepository(repository);
  await env.register(repository, { sync: { interval: "24h" } });
  const first = await packages.createPublished(id(repository, "one"), files(1));
  const second = await packages.createPublished(id(repository, "two"), files(2));
  return { git: createGitReader(env.git, repository), first: first.metadata.name, second: second.metadata.name };
}

/** Creates and approves another revision, which is published or waits. */
async function approveNext(packages: Packages, repository: string): Promise<string> {
  const name = await packages.createDraft(id(repository, "three"), files(3));
  await packages.propose(name);
  await packages.approve(name);
  return name;
}

describe.concurrent("a published tag that is deleted on the remote", () => {
  it("keeps its number, and can be restored", async ({ env, packages }) => {
    const { git, second } = await arrange({ env, packages }, "number");
    const commit = (await packages.get(second)).status?.commit ?? "";
    await git("update-ref", "-d", "refs/tags/net/v2");
    await env.sync("number");
    await packages.waitForReason(second, "TagMissing");
    const next = await packages.waitForReason(await approveNext(packages, "number"), "MainDiverged");
    const main = await git("rev-parse", "main");
    await packages.patch(
      next.metadata.name,
      { metadata: { annotations: { "pkg.pkgserver.dev/confirm-base": main } } },
      "bob",
    );
    expect((await packages.waitForReason(next.metadata.name, "Published")).status?.revision).toBe("v3");
    // As the condition says: a lightweight tag, without the operator's message.
    await git("update-ref", "refs/tags/net/v2", commit);
    await env.sync("number");
    const restored = (await packages.waitForReason(second, "Published")).status;
    expect(restored).toMatchObject({ revision: "v2", commit, provenance: "External" });
    // The record of the approval was in the tag that is gone: status alone proves nothing.
    expect(restored).not.toHaveProperty("publishedBy");
    expect(await git("tag", "--list")).toBe("net/v1\nnet/v2\nnet/v3");
    const objects = (await env.revisions()).map((one) => one.metadata.name);
    expect(objects.filter((name) => name.startsWith("catalog.number.")).sort()).toEqual(
      ["one", "three", "two"].map((workspace) => `catalog.number.net.${workspace}`),
    );
  });
});

describe.concurrent("a published tag that is moved on the remote", () => {
  it("is not moved back, and the next revision is published", async ({ env, packages }) => {
    const { git, first, second } = await arrange({ env, packages }, "elsewhere");
    const commit = (await packages.get(first)).status?.commit;
    await git("tag", "--force", "net/v1", "net/v2^{commit}");
    await env.sync("elsewhere");
    await packages.waitForReason(first, "TagMoved");
    const next = await packages.waitForReason(await approveNext(packages, "elsewhere"), "Published");
    expect(next.status?.revision).toBe("v3");
    expect(await git("rev-parse", "net/v1")).toBe((await packages.get(second)).status?.commit);
    expect((await packages.get(first)).status).toMatchObject({ commit, revision: "v1" });
    expect((await packages.contents(first)).spec.resources).toEqual(files(1));
    await git("update-ref", "refs/tags/net/v1", commit ?? "");
    await env.sync("elsewhere");
    await packages.waitForReason(first, "Published");
  });
});

describe.concurrent("main that is deleted on the remote", () => {
  it("is reported and not recreated, and work continues when it is restored", async ({ env, packages }) => {
    const { git, first, second } = await arrange({ env, packages }, "no-main");
    const main = await git("rev-parse", "main");
    const name = await packages.createDraft(id("no-main", "three"), files(3));
    await packages.propose(name);
    await git("symbolic-ref", "HEAD", "refs/heads/elsewhere");
    await git("update-ref", "-d", "refs/heads/main");
    await packages.approve(name);
    const { status } = await packages.waitForReason(name, "MainMissing");
    expect(status).toMatchObject({ lifecycle: "proposed", waitingFor: ["MainMissing"] });
    await packages.setLifecycle(first, "deletionProposed");
    await packages.waitForReason(first, "DeletionProposed");
    await packages.delete(first, "bob");
    await packages.waitForReason(first, "MainMissing");
    expect(await git("for-each-ref", "refs/heads/main")).toBe("");
    await env.as("admin")("annotate", "--overwrite", "pkgrepo", "no-main", "pkg.pkgserver.dev/sync-requested-at=x");
    await env.waitForRepository("no-main", "BranchNotFound");
    // Published contents stay.
    expect((await packages.get(second)).status?.lifecycle).toBe("published");
    await git("update-ref", "refs/heads/main", main);
    await packages.waitForReason(name, "Published");
    await packages.waitUntilGone(first);
    await env.waitForRepository("no-main", "Synced");
    expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 3\n" });
    expect(await git("log", "-1", "--format=%P", "main")).toBe(main);
  });
});

describe.concurrent("the branch of a proposal", () => {
  async function propose(
    { env, packages }: Fixtures,
    repository: string,
  ): Promise<{ git: GitReader; name: string; head: string }> {
    await env.git.createRepository(repository);
    await env.register(repository, { sync: { interval: "24h" } });
    const name = await packages.createDraft(id(repository, "one"), files(1));
    await packages.propose(name);
    const git = createGitReader(env.git, repository);
    return { git, name, head: await git("rev-parse", "net/one") };
  }

  it("deleted: an approval publishes nothing until the branch is restored", async ({ env, packages }) => {
    const { git, name, head } = await propose({ env, packages }, "deleted");
    await git("update-ref", "-d", "refs/heads/net/one");
    await packages.approve(name);
    await packages.waitForReason(name, "BranchMissing");
    expect(await git.refs()).toEqual([]);
    await git("update-ref", "refs/heads/net/one", head);
    await env.sync("deleted");
    expect((await packages.waitForReason(name, "Published")).status?.commit).toBe(head);
  });

  it("deleted: the package revision can be deleted", async ({ env, packages }) => {
    const { git, name } = await propose({ env, packages }, "let-go");
    await git("update-ref", "-d", "refs/heads/net/one");
    await env.sync("let-go");
    await packages.waitForReason(name, "BranchMissing");
    await packages.delete(name);
    await packages.waitUntilGone(name);
    expect(await git.refs()).toEqual([]);
  });

  it("rewritten: an approval of the old commit publishes nothing, and the proposal is voided", async ({
    env,
    packages,
  }) => {
    const { git, name, head } = await propose({ env, packages }, "rewritten");
    await git("update-ref", "refs/heads/net/one", `${head}^`);
    await pushExternally(env.git, "rewritten", { branch: "net/one", files: { "net/a.yaml": "a: other\n" } });
    const other = await git("rev-parse", "net/one");
    await packages.approve(name);
    const voided = await packages.waitFor(name, "is a draft", ({ status }) => status?.lifecycle === "draft");
    expect(voided.spec.approval).toBeUndefined();
    await packages.waitForReason(name, "BranchRewritten");
    expect(await git.refs()).toEqual(["heads/net/one"]);
    expect(await git("rev-parse", "net/one")).toBe(other);
    await git("update-ref", "refs/heads/net/one", head);
    await env.sync("rewritten");
    await packages.waitForReason(name, "ProposalVoided");
    expect((await packages.publish(name)).status?.revision).toBe("v1");
    expect(await git.files("main")).toEqual({ "net/a.yaml": "a: 1\n" });
  });
});
