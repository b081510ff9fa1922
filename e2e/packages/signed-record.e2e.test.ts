import { describe, expect } from "vitest";
import { runGit } from "../harness/git-command.ts";
import { waitUntil } from "../harness/wait.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { needs } from "../testenv/needs.ts";
import type { Packages } from "../testenv/packages.ts";
import { createVerifier, readSigners } from "../testenv/signers.ts";
import type { TestEnv } from "../testenv/testenv.ts";
import { register, registerAgain, tryToApprove } from "./four-eyes.ts";

const KPTFILE = "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: web\n";

const it = testWithEnv("signed")
  /** Verifies an object of a repository with the operator's allowed signers. */
  .extend("verify", ({ env, requestAs }, { onCleanup }) => async (repository: string) => {
    const signers = await readSigners(requestAs, env.operatorSpec.leaseNamespace);
    return await createVerifier(env.git, repository, signers, onCleanup);
  });

describe(...needs("MutatingAdmissionPolicy", "a user who may edit and approve"), () => {
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

  it("does not approve a rewritten history that they accepted themselves", async ({ env, packages }) => {
    await register(env, "rewritten");
    const id = { repository: "rewritten", package: "web", workspace: "one" };
    const name = await packages.createDraft(id);
    const before = (await packages.get(name)).status?.commit;
    const [after] = await pushExternally(env.git, "rewritten", {
      branch: "web/one",
      from: "refs/heads/main",
      rewrite: true,
      files: { "web/a.yaml": "pushed\n" },
    });
    await env.sync("rewritten");
    await packages.waitForReason(name, "BranchRewritten");
    const annotations = { "pkg.pkgserver.dev/confirm-history": `${before}..${after}` };
    await packages.patch(name, { metadata: { annotations } }, "carol");
    await packages.waitForReason(name, "Draft");
    await tryToApprove(packages, name);
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

  it("stays an editor under a name that looks like a trailer, a quotation or another name", async ({
    env,
    packages,
    requestAs,
  }) => {
    await register(env, "odd");
    const names = ["Edited-By: bob", '"quoted"', 'eve,"bob"', "a\u2028b", "Jose\u0301"];
    // Headers have bytes.
    const as = (name: string) => ({ username: Buffer.from(name).toString("latin1"), groups: ["system:masters"] });
    const pathOf = (plural: string) => `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/${plural}/${name}`;
    const name = await packages.createDraft(
      { repository: "odd", package: "web", workspace: "one" },
      { Kptfile: KPTFILE },
    );
    for (const [at, user] of names.entries()) {
      const edit = { spec: { resources: { [`${at}.yaml`]: `a: ${at}\n` } } };
      expect((await requestAs(as(user), "merge", pathOf("packagerevisionresourceses"), edit)).code).toBe(200);
    }
    await packages.waitForAcknowledgement(name);
    const { uid } = (await packages.get(name)).metadata;
    await pushExternally(env.git, "odd", { branch: "web/one", message: "nothing" });
    await packages.delete(name, "carol");
    await waitUntil(`${name} is a new object`, async () => await env.revisions(), {
      until: (all) => all.some(({ metadata }) => metadata.name === name && metadata.uid !== uid),
    });
    await packages.waitForReason(name, "Draft");
    const { digest } = (await packages.propose(name)).status?.proposal ?? {};
    for (const by of names) {
      const approve = { spec: { lifecycle: "published", approval: { digest, by } } };
      expect((await requestAs(as(by), "merge", pathOf("packagerevisions"), approve)).code).toBe(200);
      const { status } = await packages.waitForReason(name, "FourEyes");
      const ready = status?.conditions?.find(({ type }) => type === "Ready");
      expect(ready?.message).toContain(`${by} proposed, edited or changed`);
      await packages.setLifecycle(name, "proposed", "bob");
      await packages.waitForReason(name, "Proposed");
    }
    // It looks like one of them, and is another user.
    const other = "Jos\u00e9";
    const approve = { spec: { lifecycle: "published", approval: { digest, by: other } } };
    env.ledger.recordApproval(await packages.get(name));
    expect((await requestAs(as(other), "merge", pathOf("packagerevisions"), approve)).code).toBe(200);
    expect((await packages.waitForReason(name, "Published")).status).toMatchObject({ publishedBy: other });
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

describe(...needs("MutatingAdmissionPolicy", "anybody"), () => {
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
