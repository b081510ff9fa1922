import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import type { AuditEntry } from "../../src/core/audit/audit-entry.ts";
import { normalize, testWithCli } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { readSigners } from "../testenv/signers.ts";

const GATE = "example.com/scanned";
const SINCE = "2026-01-02T03:04:05Z";
const CATALOG = { target: "catalog", repository: "catalog", realm: "web", package: "shop" } as const;
const DEPLOYED = { target: "edge1", repository: "deployments", package: "shop" } as const;
const UPSTREAM = { repository: "catalog", realm: "web", package: "shop", revision: "v1" };

const it = testWithCli("audit")
  /** The published keys, as a file; kept by the auditor. */
  .extend("signers", { scope: "file" }, async ({ cli, env, requestAs }) => {
    const file = join(cli.dir, "allowed_signers");
    return async () => {
      await writeFile(file, await readSigners(requestAs, env.operatorSpec.leaseNamespace));
      return file;
    };
  })
  /** Clones a repository into a new folder. */
  .extend(
    "clone",
    { scope: "file" },
    async ({ cli, env }) =>
      async (repository: string, dir: string, ...more: string[]) => {
        await promisify(execFile)("git", [
          "clone",
          "-q",
          ...more,
          `file://${env.git.path(repository)}`,
          join(cli.dir, dir),
        ]);
        return dir;
      },
  )
  /** The catalog's v1, a clone of it that was rejected once and passed a gate, a deleted v2, and an external v3. */
  .extend("history", { scope: "file" }, async ({ env, packages }) => {
    for (const name of ["catalog", "deployments"]) await env.git.createRepository(name);
    await env.register("catalog");
    await env.register("deployments", { deployment: true, readinessGates: [{ conditionType: GATE }] });
    await packages.createPublished({ ...CATALOG, workspace: "one" }, { "a.yaml": "a: 1\n" });
    const draft = await packages.createDraft({ ...DEPLOYED, workspace: "one" }, undefined, {
      spec: { upstream: UPSTREAM, tasks: [{ type: "clone" }] },
    });
    await packages.save(draft, { "a.yaml": "a: 2\n" }, "carol");
    const judge = async (name: string) => {
      const digest = (await packages.get(name)).status?.contentDigest;
      const gates = [{ conditionType: GATE, digest, status: "True", lastTransitionTime: SINCE }];
      await packages.request("admin", "apply", `packagerevisions/${name}/status?fieldManager=scanner`, {
        apiVersion: "pkg.pkgserver.dev/v1alpha1",
        kind: "PackageRevision",
        metadata: { name },
        status: { gates },
      });
    };
    await judge(draft);
    await packages.propose(draft);
    const rejected = { metadata: { annotations: { "pkg.pkgserver.dev/rejection-reason": "too small" } } };
    await packages.patch(draft, { ...rejected, spec: { lifecycle: "draft" } }, "bob");
    await packages.waitForReason(draft, "ProposalRejected");
    await packages.save(draft, { "a.yaml": "a: 3\n" }, "alice");
    await judge(draft);
    const published = await packages.publish(draft);
    const second = await packages.createDraft({ ...DEPLOYED, workspace: "two" }, { "a.yaml": "a: 4\n" });
    await judge(second);
    await packages.publish(second);
    await packages.setLifecycle(second, "deletionProposed");
    await packages.waitForReason(second, "DeletionProposed");
    await packages.delete(second, "bob");
    await packages.waitUntilGone(second);
    const files = { "edge1/shop/a.yaml": "a: 5\n" };
    await pushExternally(env.git, "deployments", { files, annotated: ["edge1/shop/v3"] });
    await env.sync("deployments");
    return { published };
  });

const revisionsOf = (stdout: string) => (JSON.parse(stdout) as { readonly revisions: readonly AuditEntry[] }).revisions;

describe("kubectl pkg audit", () => {
  it("tells who edited a draft before and after it was rebased, and who had that done", async ({
    cli,
    clone,
    env,
    packages,
    signers,
  }) => {
    await env.git.createRepository("rebased");
    await env.register("rebased");
    const id = { repository: "rebased", package: "net" };
    await packages.createPublished({ ...id, workspace: "one" }, { "a.yaml": "a: 1\n" });
    const draft = await packages.createDraft({ ...id, workspace: "late" });
    await packages.save(draft, { "b.yaml": "b: 1\n" }, "carol");
    await packages.createPublished({ ...id, workspace: "two" }, { "a.yaml": "a: 2\n" });
    await packages.waitFor(draft, "is behind", ({ status }) => status?.outdatedBy === "v2");
    await cli("rebase", "net@late");
    await packages.publish(draft);
    const dir = await clone("rebased", "rebased");
    const audit = await cli("audit", dir, "--allowed-signers", await signers(), "-o", "json");
    const last = revisionsOf(audit).find(({ revision }) => revision === "v3");
    expect(last).toMatchObject({ provenance: "Operator", record: { editedBy: ["alice", "carol"] }, problems: [] });
    expect(last?.steps.map(({ author, rebasedBy, rebasedOnto }) => [author, rebasedBy, rebasedOnto])).toEqual([
      ["alice", undefined, undefined],
      ["carol", undefined, undefined],
      ["pkgserver", "alice", "v2"],
      ["alice", undefined, undefined],
    ]);
  });

  it("tells from a clone alone, after the loss of the cluster, who did what", async ({
    cli,
    clone,
    env,
    history,
    signers,
  }) => {
    const { status } = history.published;
    const known = await cli("history", "edge1/shop", "-o", "json");
    const file = await signers();
    const dir = await clone("deployments", "deployments");
    const withoutCluster = { env: { KUBECONFIG: "/nonexistent" } };
    const { code, stdout, stderr } = await cli.run(
      ["audit", dir, "--allowed-signers", file, "-o", "json"],
      withoutCluster,
    );
    expect([code, stderr]).toEqual([0, "2 records verified, 1 of other clients\n"]);
    const [first, deleted, external] = revisionsOf(stdout);
    expect(first).toEqual({
      package: "edge1/shop",
      revision: "v1",
      tag: "edge1/shop/v1",
      commit: status?.commit,
      provenance: "Operator",
      signature: "Good",
      key: expect.stringMatching(/^SHA256:[\w+/]{43}$/),
      publishedAt: status?.publishTimestamp,
      record: {
        repository: `${env.namespace}/deployments`,
        workspace: "one",
        editedBy: ["alice", "carol"],
        proposedBy: "alice",
        proposedAt: expect.stringMatching(/^20.*Z$/),
        approvedBy: "bob",
        digest: status?.contentDigest,
        proposalDigest: status?.proposal?.digest ?? expect.stringMatching(/^sha256:/),
        gates: [{ conditionType: GATE, at: SINCE }],
        upstream: { ...UPSTREAM, commit: status?.upstreamLock?.commit, digest: status?.upstreamLock?.digest },
      },
      steps: expect.anything(),
      problems: [],
    });
    expect(first?.steps.map(({ author, lifecycle, returnReason }) => [author, lifecycle, returnReason ?? ""])).toEqual([
      ["alice", "draft", ""],
      ["carol", "draft", ""],
      ["alice", "proposed", ""],
      ["bob", "draft", "too small"],
      ["alice", "draft", ""],
      ["alice", "proposed", ""],
    ]);
    expect(first?.steps.every(({ signature }) => signature === "Good")).toBe(true);
    expect(deleted).toMatchObject({
      revision: "v2",
      tag: "edge1/shop/deleted-v2",
      record: { proposedBy: "alice", approvedBy: "bob" },
      deleted: { by: expect.any(String), at: expect.any(String) },
      problems: [],
    });
    expect(external).toMatchObject({ revision: "v3", provenance: "External", signature: "None", problems: [] });
    expect(external).not.toHaveProperty("record");

    // What the operator says of it is the same.
    const { revisions } = JSON.parse(known) as { readonly revisions: readonly { readonly version: string }[] };
    expect(revisions.find(({ version }) => version === "v1")).toMatchObject({
      publishedBy: "bob",
      publishedAt: first?.publishedAt,
      commit: first?.commit,
      provenance: "Operator",
    });
  });

  it("verifies what plain git verifies", async ({ cli, clone, history: _, signers }) => {
    const file = await signers();
    const dir = join(cli.dir, await clone("deployments", "judged", "--bare"));
    const { stdout } = await cli.run(["audit", dir, "--allowed-signers", file, "-o", "json"]);
    const config = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${file}`];
    const verify = async (command: string, name: string) =>
      await promisify(execFile)("git", ["-C", dir, ...config, command, name]).then(
        () => "Good",
        () => "None",
      );
    const revisions = revisionsOf(stdout);
    expect(revisions).toHaveLength(3);
    for (const { tag, signature, steps } of revisions) {
      expect([tag, signature]).toEqual([tag, await verify("verify-tag", tag)]);
      for (const step of steps) expect(step.signature).toBe(await verify("verify-commit", step.commit));
    }
  });

  it("prints a table, of some packages", async ({ cli, clone, history: _, signers }) => {
    const dir = await clone("catalog", "catalog");
    const file = await signers();
    const { stdout } = await cli.run(["audit", dir, "web", "--allowed-signers", file]);
    const lines = normalize(stdout)
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(lines).toEqual([
      ["PACKAGE", "REVISION", "PUBLISHED", "EDITED", "PROPOSED", "APPROVED", "RECORD"],
      ["web/shop", "v1", expect.any(String), "alice", "alice", "bob", "Verified"],
    ]);
    const none = await cli.run(["audit", dir, "other", "--allowed-signers", file]);
    expect(none).toEqual({ code: 0, stdout: "", stderr: "0 records verified\n" });
  });

  it("shows what was forged, and exits with 1", async ({ cli, clone, env, history: _, signers }) => {
    const file = await signers();
    const git = createGitReader(env.git, "deployments");
    const run = async (dir: string, ...args: string[]) =>
      (await promisify(execFile)("git", ["-C", join(cli.dir, dir), ...args])).stdout.trim();
    const audit = async (dir: string) => {
      const { code, stdout } = await cli.run(["audit", dir, "--allowed-signers", file, "-o", "json"]);
      return [code, ...revisionsOf(stdout).flatMap(({ problems }) => problems)];
    };
    const tag = await git("rev-parse", "refs/tags/edge1/shop/v1");

    const renamed = await clone("deployments", "renamed", "--bare");
    await run(renamed, "update-ref", "refs/tags/edge1/shop/v9", tag);
    expect(await audit(renamed)).toEqual([
      1,
      'the record was signed for the tag "edge1/shop/v1": somebody has pushed it under another name',
    ]);

    const rewritten = await clone("deployments", "rewritten", "--bare");
    const text = (await git("cat-file", "tag", tag)).replace("Approved-By: bob", "Approved-By: eve");
    await writeFile(join(cli.dir, "tag"), `${text}\n`);
    const forged = await run(rewritten, "hash-object", "-t", "tag", "-w", join(cli.dir, "tag"));
    await run(rewritten, "update-ref", "refs/tags/edge1/shop/v1", forged);
    expect(await audit(rewritten)).toEqual([1, "the tag has a record of the operator, and its signature is Bad"]);

    const shallow = await clone("deployments", "shallow", "--bare", "--depth=1", "--no-single-branch");
    expect((await audit(shallow)).slice(0, 2)).toEqual([1, "the clone has not the whole history: it is shallow"]);
  });

  it.for([
    [["audit", "."], "--allowed-signers is required"],
    [["audit", ".", "--allowed-signers", "/dev/null"], "/dev/null has no key of an operator"],
    [["audit", ".", "--allowed-signers", "missing"], 'there is no "'],
  ] as const)("refuses %j", async ([args, message], { cli }) => {
    const { code, stderr } = await cli.run([...args]);
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining(message)]);
  });

  it("says of a folder without a clone that it is none", async ({ cli, history: _, signers }) => {
    const { code, stderr } = await cli.run(["audit", "/", "--allowed-signers", await signers()]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("/ is no clone of a Git repository")]);
  });
});
