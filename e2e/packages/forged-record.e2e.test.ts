import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { runGit } from "../harness/git-command.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import type { Packages } from "../testenv/packages.ts";
import { readSigners } from "../testenv/signers.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const KPTFILE = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: web\n";
const FILES = { "web/a.yaml": "a: 1\n" };
const LOCK = { revision: "v7", commit: "1".repeat(40), digest: `sha256:${"2".repeat(64)}` };

/** A message as the operator writes it: anybody who may push can. */
function forge(workspace: string, trailers: Readonly<Record<string, string>>, metadata: object = {}): string {
  const all = { "Package-Path": "web", "Package-Workspace": workspace, ...trailers };
  const lines = Object.entries({ ...all, "Package-Metadata": JSON.stringify(metadata) });
  return `Publish web\n\n${lines.map(([key, value]) => `${key}: ${value}`).join("\n")}\n`;
}

const it = testWithEnv("forge")
  /** Verifies an object of a repository with plain git and the operator's allowed signers, as anybody may. */
  .extend("verify", ({ env, requestAs }, { onCleanup }) => {
    const open = async (repository: string) => {
      const dir = await mkdtemp(join(tmpdir(), "pkgserver-signers-"));
      onCleanup(async () => await rm(dir, { recursive: true }));
      await writeFile(join(dir, "signers"), await readSigners(requestAs, env.operatorSpec.leaseNamespace));
      const config = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${join(dir, "signers")}`];
      return async (command: "verify-commit" | "verify-tag", name: string) =>
        await env.git.git(repository, ...config, command, name);
    };
    return open;
  });

/** A Repository with fourEyes and one package on main. */
async function register(env: TestEnv, name: string): Promise<void> {
  await env.git.createRepository(name, { seed: { "readme.md": "all\n" } });
  await env.register(name, { approval: { fourEyes: true } });
}

/** Deletes the Repository, waits until its objects are gone, and registers it as before. */
async function registerAgain(env: TestEnv, packages: Packages, name: string): Promise<void> {
  await packages.request("carol", "delete", `repositories/${name}`);
  await waitUntil("the objects of the Repository are gone", async () => await env.revisions(), {
    until: (all) => all.every(({ spec }) => spec.packageRevID.repository !== name),
  });
  const list = async () => await env.as("admin")("get", "repositories.config.pkg.pkgserver.dev", "-o", "name");
  await waitUntil("the Repository is gone", list, { until: (names) => !names.includes(`/${name}`) });
  await env.register(name, { approval: { fourEyes: true } });
}

describe("a user who may push, and nothing else", () => {
  it("cannot propose in another name: a pushed branch that claims to be a proposal is a draft", async ({
    env,
    packages,
  }) => {
    await register(env, "claim");
    const message = forge("one", { "Package-Lifecycle": "proposed", "Proposed-By": "alice" });
    const files = { ...FILES, "web/Kptfile": KPTFILE };
    await pushExternally(env.git, "claim", { branch: "web/one", from: "refs/heads/main^0", files, message });
    await env.sync("claim");
    const name = "catalog.claim.web.one";
    const { spec, status } = await packages.waitForReason(name, "Draft");
    expect(spec.lifecycle).toBe("draft");
    expect(status).toMatchObject({ lifecycle: "draft", provenance: "External" });
    expect(status?.proposal).toBeUndefined();
    await expect(packages.approve(name)).rejects.toThrow();
    expect(await createGitReader(env.git, "claim").refs()).toEqual(["heads/web/one"]);
  });

  it("cannot approve in another name, nor say where a package comes from: the tag is External", async ({
    env,
    packages,
  }) => {
    await register(env, "tag");
    const trailers = { "Package-Lifecycle": "published", "Package-Revision": "v1", "Approved-By": "bob" };
    const metadata = {
      labels: { team: "forged" },
      upstreamLock: LOCK,
      spec: { upstream: { repository: "tag", package: "x" } },
    };
    const message = forge("one", trailers, metadata);
    await pushExternally(env.git, "tag", { files: FILES, annotated: ["web/v1"], message });
    await env.sync("tag");
    const object = await packages.waitForReason("catalog.tag.web.v1", "Published");
    expect(object.status).toMatchObject({ revision: "v1", provenance: "External" });
    for (const field of ["publishedBy", "upstreamLock"]) expect(object.status).not.toHaveProperty(field);
    expect(object.spec.upstream).toBeUndefined();
    expect(object.metadata.labels).not.toHaveProperty("team");
  });

  it("cannot take over the object of an open draft with a tag that names its workspace", async ({ env, packages }) => {
    await register(env, "take");
    const id = { repository: "take", package: "web", workspace: "one" };
    const draft = await packages.createDraft(id, { "a.yaml": "mine\n" });
    const message = forge("one", { "Package-Lifecycle": "published", "Package-Revision": "v1", "Approved-By": "bob" });
    await pushExternally(env.git, "take", { files: FILES, annotated: ["web/v1"], message });
    await env.sync("take");
    await packages.waitForReason("catalog.take.web.v1", "Published");
    await packages.save(draft, { "a.yaml": "still mine\n" });
    const { status } = await packages.get(draft);
    expect(status).toMatchObject({ lifecycle: "draft", provenance: "Operator" });
    expect((await packages.contents(draft)).spec.resources).toEqual({ "a.yaml": "still mine\n" });
  });

  it("cannot use a tag of the operator under another name", async ({ env, packages }) => {
    await register(env, "again");
    const id = { repository: "again", package: "web", workspace: "one" };
    await packages.createPublished(id, { "a.yaml": "a: 1\n" });
    await env.git.git("again", "update-ref", "refs/tags/web/v2", "refs/tags/web/v1");
    await env.sync("again");
    const { status } = await packages.waitForReason("catalog.again.web.v2", "Published");
    expect(status).toMatchObject({ revision: "v2", provenance: "External" });
    expect(status).not.toHaveProperty("publishedBy");
    const { status: first } = await packages.get("catalog.again.web.one");
    expect(first).toMatchObject({ revision: "v1", provenance: "Operator", publishedBy: "bob" });
  });
});

describe("a user with a Repository of their own, and the right to push", () => {
  const ID = { package: "web", workspace: "one" };
  /** Copies refs of a repository into another one. */
  const push = async ({ git }: TestEnv, from: string, to: string, ...refs: readonly string[]) =>
    await git.git(to, "fetch", git.path(from), ...refs.map((ref) => `+${ref}:${ref}`));

  it("cannot bring an approval of rules without four eyes to where they are required", async ({ env, packages }) => {
    await register(env, "strict");
    await env.git.createRepository("lax", { seed: { "readme.md": "all\n" } });
    await env.register("lax");
    const draft = await packages.createDraft({ repository: "lax", ...ID });
    await packages.save(draft, { "a.yaml": "evil\n" }, "carol");
    await packages.propose(draft, "carol");
    await packages.approve(draft, "carol");
    expect((await packages.waitForReason(draft, "Published")).status).toMatchObject({ publishedBy: "carol" });
    await push(env, "lax", "strict", "refs/tags/web/v1");
    await env.sync("strict");
    const { status } = await packages.waitForReason("catalog.strict.web.v1", "Published");
    expect(status).toMatchObject({ revision: "v1", provenance: "External" });
    for (const field of ["publishedBy", "upstreamLock"]) expect(status).not.toHaveProperty(field);
  });

  it("cannot bring a proposal there: it is a draft, and who edited it does not approve it", async ({
    env,
    packages,
  }) => {
    await register(env, "careful");
    await env.git.createRepository("easy", { seed: { "readme.md": "all\n" } });
    await env.register("easy");
    const proposed = await packages.createDraft({ repository: "easy", ...ID });
    await packages.save(proposed, { "a.yaml": "carol's\n" }, "carol");
    await packages.propose(proposed, "alice");
    await push(env, "easy", "careful", "refs/heads/web/one");
    await env.sync("careful");
    const name = "catalog.careful.web.one";
    const { spec, status } = await packages.waitForReason(name, "Draft");
    expect([spec.lifecycle, status?.lifecycle, status?.provenance]).toEqual(["draft", "draft", "External"]);
    expect(status?.proposal).toBeUndefined();
    await tryToApprove(packages, name);
  });

  it("cannot have it verified there before the Repository trusts theirs", async ({ env, packages }) => {
    await env.git.createRepository("verified", { seed: { "readme.md": "all\n" } });
    await env.register("verified", { verification: { mode: "Tag" } });
    await env.git.createRepository("open", { seed: { "readme.md": "all\n" } });
    await env.register("open");
    await packages.createPublished({ repository: "open", ...ID }, { "a.yaml": "a: 1\n" });
    await push(env, "open", "verified", "refs/tags/web/v1");
    await env.sync("verified");
    const { status } = await env.repository("verified");
    expect(status?.revisions).toBe(0);
    expect(status?.skipped?.[0]).toMatchObject({ ref: "refs/tags/web/v1", reason: "NotVerified" });
    expect(status?.skipped?.[0]?.message).toContain(`name ${env.namespace}/open in spec.trustedRepositories`);
    const patch = JSON.stringify({ spec: { trustedRepositories: [`${env.namespace}/open`] } });
    await env.as("admin")("patch", "pkgrepo", "verified", "--type=merge", "--patch", patch);
    const trusted = await packages.waitForReason("catalog.verified.web.one", "Published");
    expect(trusted.status).toMatchObject({ provenance: "Operator", publishedBy: "bob" });
  });
});

describe("a user who may push a tag below a published package", () => {
  it("does not change which files belong to it, not even for an operator that has lost everything", async ({
    env,
    packages,
  }) => {
    await register(env, "below");
    const files = { "a.yaml": "a: 1\n", "sub/b.yaml": "b: 1\n" };
    const { metadata, status } = await packages.createPublished(
      { repository: "below", package: "web", workspace: "one" },
      files,
    );
    const { name } = metadata;
    await env.git.git("below", "tag", "web/sub/v1", "refs/tags/web/v1");
    await env.sync("below");
    await packages.waitForReason("catalog.below.web.sub.v1", "Published");
    await registerAgain(env, packages, "below");
    const again = await packages.waitForReason(name, "Published");
    expect(again.status?.contentDigest).toBe(status?.contentDigest);
    expect((await packages.contents(name)).spec.resources).toEqual(files);
  });
});

describe("a user who may edit and approve", () => {
  /** carol edits a draft; somebody pushes an empty commit on top; the object is new: alice proposes, carol approves. */
  const attack = async (
    env: TestEnv,
    packages: Packages,
    repository: string,
    wash: (name: string) => Promise<unknown>,
  ) => {
    await register(env, repository);
    const name = await packages.createDraft({ repository, package: "web", workspace: "one" });
    await packages.save(name, { "a.yaml": "carol's\n" }, "carol");
    const { uid } = (await packages.get(name)).metadata;
    await pushExternally(env.git, repository, { branch: "web/one", message: "nothing" });
    await wash(name);
    await waitUntil(`${name} is a new object`, async () => await env.revisions(), {
      until: (all) => all.some(({ metadata }) => metadata.name === name && metadata.uid !== uid),
    });
    await packages.waitForReason(name, "Draft");
    await tryToApprove(packages, name);
  };

  it("stays an editor when an empty commit is pushed and the object is deleted", async ({ env, packages }) => {
    await attack(env, packages, "wash", async (name) => await packages.delete(name, "carol"));
    expect(await createGitReader(env.git, "wash").refs()).toEqual(["tags/web/v1"]);
  });

  it("stays an editor when the Repository is deleted and applied again", async ({ env, packages }) => {
    await attack(env, packages, "renew", async () => await registerAgain(env, packages, "renew"));
    expect(await createGitReader(env.git, "renew").refs()).toEqual(["tags/web/v1"]);
  });

  it("stays an editor on a branch of another name", async ({ env, packages }) => {
    await register(env, "rename");
    const id = { repository: "rename", package: "web", workspace: "one" };
    const name = await packages.createDraft(id, { Kptfile: KPTFILE });
    await packages.save(name, { "a.yaml": "carol's\n" }, "carol");
    await env.git.git("rename", "update-ref", "refs/heads/web/two", "refs/heads/web/one");
    await env.sync("rename");
    const renamed = "catalog.rename.web.two";
    await packages.waitForReason(renamed, "Draft");
    await tryToApprove(packages, renamed);
  });

  it("is not forgotten below more commits than are read: nobody approves that", async ({ env, packages }) => {
    await register(env, "octopus");
    const id = { repository: "octopus", package: "web", workspace: "one" };
    const name = await packages.createDraft(id, { Kptfile: KPTFILE });
    await packages.save(name, { "a.yaml": "carol's\n" }, "carol");
    const { uid } = (await packages.get(name)).metadata;
    await pushOctopus(env, "octopus", "web/one");
    await env.sync("octopus");
    await packages.delete(name, "carol");
    await waitUntil(`${name} is a new object`, async () => await env.revisions(), {
      until: (all) => all.some(({ metadata }) => metadata.name === name && metadata.uid !== uid),
    });
    await packages.waitForReason(name, "Draft");
    await packages.propose(name, "alice");
    for (const by of ["carol", "bob"] as const) {
      await packages.approve(name, by);
      const { status } = await packages.waitForReason(name, "FourEyes");
      expect(status?.lifecycle).toBe("proposed");
      await packages.setLifecycle(name, "proposed", by);
      await packages.waitForReason(name, "Proposed");
    }
    const git = createGitReader(env.git, "octopus");
    expect(await git("log", "-1", "--format=%(trailers:key=Editors-Unknown)", "web/one")).toContain("true");
  });
});

/** A merge of a branch with 500 commits that nobody else has. */
async function pushOctopus({ git }: TestEnv, repository: string, branch: string): Promise<void> {
  const run = async (...args: readonly string[]) =>
    (await git.git(repository, "-c", "user.name=x", "-c", "user.email=x@example.com", ...args)).trim();
  const tree = await run("rev-parse", `refs/heads/${branch}^{tree}`);
  const names = Array.from({ length: 500 }, (_, at) => `refs/unrelated/${at}`);
  const by = "x <x@example.com> 1767225600 +0000";
  const commits = names.map((name) => `reset ${name}\ncommit ${name}\ncommitter ${by}\ndata ${name.length}\n${name}\n`);
  await runGit(git.path(repository), ["fast-import", "--quiet"], { input: commits.join("") });
  const all = [...names, `refs/heads/${branch}`].flatMap((parent) => ["-p", parent]);
  await run("update-ref", `refs/heads/${branch}`, await run("commit-tree", "-m", "merge", ...all, tree));
}

describe("anybody", () => {
  it("verifies each commit and tag of a publication with git and the published keys", async ({
    env,
    packages,
    verify,
  }) => {
    await register(env, "clear");
    const name = await packages.createDraft({ repository: "clear", package: "web", workspace: "one" });
    await packages.save(name, { "a.yaml": "a: 1\n" });
    await packages.publish(name);
    const git = createGitReader(env.git, "clear");
    const check = await verify("clear");
    const commits = (await git("rev-list", "main", "web/v1", "--not", "main~1")).split("\n");
    expect(commits).toHaveLength(4);
    for (const commit of commits) await check("verify-commit", commit);
    await check("verify-tag", "web/v1");
    await expect(check("verify-commit", "main~1")).rejects.toThrow();
    expect(await git("log", "-1", "--format=%(trailers:key=Edited-By)", "web/v1")).toContain("Edited-By: alice");
  });

  it("still verifies what was signed before the key was replaced, without a restart", async ({
    env,
    packages,
    requestAs,
    verify,
  }) => {
    await register(env, "rotate");
    const first = await packages.createPublished(
      { repository: "rotate", package: "web", workspace: "one" },
      { a: "1" },
    );
    const secret = `/api/v1/namespaces/${env.operatorSpec.leaseNamespace}/secrets/pkgserver-signing-key`;
    // The next read of the operator finds none, and makes a new one.
    expect((await requestAs("admin", "delete", secret)).code).toBe(200);
    await waitUntil("a second key is published", async () => await readSigners(requestAs, env.namespace), {
      until: (text) => text.trim().split("\n").length === 2,
      timeoutMs: 60_000,
    });
    await packages.createPublished({ repository: "rotate", package: "web", workspace: "two" }, { a: "2" });
    const check = await verify("rotate");
    for (const tag of ["web/v1", "web/v2"]) await check("verify-tag", tag);
    const keys = ["web/v1", "web/v2"].map((tag) => env.git.git("rotate", "cat-file", "tag", tag));
    const [one = "", two = ""] = (await Promise.all(keys)).map((text) =>
      text.split("SIGNATURE-----\n")[1]?.slice(0, 120),
    );
    expect(one).not.toBe(two);
    await env.sync("rotate");
    for (const name of [first.metadata.name, "catalog.rotate.web.two"]) {
      expect((await packages.get(name)).status).toMatchObject({ provenance: "Operator", publishedBy: "bob" });
    }
  });
});

/** carol cannot approve what she edited; bob can. */
async function tryToApprove(packages: Packages, name: string): Promise<void> {
  await packages.propose(name, "alice");
  await packages.approve(name, "carol");
  const { status } = await packages.waitForReason(name, "FourEyes");
  expect(status?.lifecycle).toBe("proposed");
  await packages.setLifecycle(name, "proposed", "carol");
  await packages.waitForReason(name, "Proposed");
  await packages.approve(name);
  expect((await packages.waitForReason(name, "Published")).status).toMatchObject({ publishedBy: "bob" });
}
