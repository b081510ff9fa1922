import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject } from "vitest";
import { kubectlAs } from "../harness/kubectl.ts";
import { waitUntil } from "../harness/wait.ts";
import { test } from "../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import { startLaggingWatchProxy } from "../testenv/lagging-watch-proxy.ts";
import { needs } from "../testenv/needs.ts";
import { createPackages, nameOf, type PackageID, type Packages } from "../testenv/packages.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const FILES = { "a.yaml": "a: 1\n" };
const otherNamespace = `stale-other-${randomBytes(3).toString("hex")}`;

const it = test
  .extend("proxy", { scope: "file" }, async ({}, { onCleanup }) => {
    const dir = await mkdtemp(join(tmpdir(), "pkgserver-stale-"));
    const proxy = await startLaggingWatchProxy(inject("controlPlane"), join(dir, "kubeconfig"));
    onCleanup(async () => {
      await proxy.stop();
      await rm(dir, { recursive: true, force: true });
    });
    return proxy;
  })
  .extend("envOptions", { scope: "file" }, async ({ proxy }) => ({
    prefix: "stale",
    operator: { kubeconfig: proxy.kubeconfig },
    alsoWatch: [otherNamespace],
  }));

it.afterEach(({ proxy }) => proxy.releaseAll());

const id = (repository: string): PackageID => ({ repository, package: "net", workspace: "one" });

async function register(env: TestEnv, repository: string, spec: object = {}): Promise<GitReader> {
  await env.git.createRepository(repository);
  await env.register(repository, { ...spec });
  return createGitReader(env.git, repository);
}

/** How often the operator has reconciled a package revision, whatever the result. */
async function countReconciles(env: TestEnv, name: string): Promise<number> {
  const lines = await env.operator.log();
  const isReconcile = ({ object, msg }: Readonly<Record<string, unknown>>) =>
    object === `${env.namespace}/${name}` && String(msg).startsWith("reconcile");
  return lines.filter(isReconcile).length;
}

/** Waits until an object is deleted, also where another one has its name by then. */
async function waitUntilReplaced(of: Packages, name: string, uid: string | undefined): Promise<void> {
  const currentUid = async () => {
    const { items } = (await of.request("admin", "get", "packagerevisions")) as unknown as {
      readonly items: readonly { readonly metadata: { readonly name: string; readonly uid: string } }[];
    };
    return items.find(({ metadata }) => metadata.name === name)?.metadata.uid;
  };
  await waitUntil(`${name} with uid ${uid} is deleted`, currentUid, { until: (current) => current !== uid });
}

describe("a draft that is deleted", () => {
  it("keeps its branch where the Repository is being deleted, and the watch has not reported that", async ({
    env,
    packages,
    proxy,
  }) => {
    const git = await register(env, "leaving");
    const name = await packages.createDraft(id("leaving"), FILES);
    const { uid } = (await packages.get(name)).metadata;
    const refs = await git("for-each-ref");
    proxy.hold("repositories");
    await packages.request("carol", "delete", "repositories/leaving");
    await packages.delete(name);
    await waitUntilReplaced(packages, name, uid);
    expect(await git("for-each-ref")).toBe(refs);
    proxy.release("repositories");
    await packages.waitUntilGone(name);
    expect(await git("for-each-ref")).toBe(refs);
  });

  it("keeps its branch where the namespace is being deleted, and the Repository is not", async ({ env }) => {
    await env.git.createRepository("neighbour");
    const git = createGitReader(env.git, "neighbour");
    const admin = kubectlAs(env.controlPlane, "admin");
    const { data, type } = await env.as("admin").getJson<{ data: object; type: string }>("secret", "git-auth");
    const metadata = (name: string) => ({ name, namespace: otherNamespace });
    const manifests = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: otherNamespace } },
      { apiVersion: "v1", kind: "Secret", metadata: metadata("git-auth"), type, data },
      {
        apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
        kind: "Repository",
        metadata: metadata("neighbour"),
        spec: { git: { url: env.git.url("neighbour"), credentials: "git-auth" } },
      },
      {
        apiVersion: "pkg.pkgserver.dev/v1alpha1",
        kind: "PackageRevision",
        metadata: metadata(nameOf(id("neighbour"))),
        spec: { packageRevID: id("neighbour"), tasks: [{ type: "init" }] },
      },
    ];
    await admin.applyYaml(manifests.map((one) => JSON.stringify(one)).join("\n---\n"));
    const there = await createPackages({ ...env, namespace: otherNamespace });
    const { metadata: draft } = await there.waitForReason(nameOf(id("neighbour")), "Draft");
    const refs = await git("for-each-ref");
    expect(refs).toContain("refs/heads/net/one");
    // This control plane has no namespace controller: the namespace keeps its deletionTimestamp and its objects.
    await admin("delete", "namespace", otherNamespace, "--wait=false");
    await there.request("admin", "delete", `packagerevisions/${draft.name}`);
    await waitUntilReplaced(there, draft.name, draft.uid);
    expect(await git("for-each-ref")).toBe(refs);
    await there.request("admin", "delete", "repositories/neighbour");
    await there.waitUntilGone(draft.name);
    expect(await git("for-each-ref")).toBe(refs);
  });

  it("leaves the branch to a new object of its name, while the watch still reports the deleted one", async ({
    env,
    packages,
    proxy,
  }) => {
    const git = await register(env, "again");
    const name = await packages.createDraft(id("again"), FILES);
    const { uid } = (await packages.get(name)).metadata;
    const head = await git("rev-parse", "net/one");
    const push = await holdNextPush(env.git, "again", "before");
    await packages.delete(name);
    await push.reached();
    // The operator has received the deletionTimestamp. It does not receive the deletion, nor the new object.
    proxy.hold("packagerevisions");
    await push.release();
    await waitUntilReplaced(packages, name, uid);
    const kept = `tags/net/deleted-one-${head.slice(0, 12)}`;
    expect(await git.refs()).toEqual([kept]);
    await git("update-ref", "refs/heads/net/one", head);
    await packages.create(id("again"));
    const before = await countReconciles(env, name);
    await env.sync("again");
    await waitUntil(`the operator reconciles ${name}`, async () => (await countReconciles(env, name)) > before);
    expect(await git.refs()).toEqual(["heads/net/one", kept]);
    proxy.release("packagerevisions");
    await packages.waitForReason(name, "Draft");
    expect((await packages.contents(name)).spec.resources).toEqual(FILES);
    expect(await git("rev-parse", "net/one")).toBe(head);
  });
});

describe("an approval in a Repository with fourEyes", () => {
  it(
    ...needs(
      "MutatingAdmissionPolicy",
      "is refused to a user who edited the package, before the watch has reported the edit",
    ),
    async ({ env, packages, proxy }) => {
      await register(env, "eyes", { approval: { fourEyes: true } });
      const name = await packages.createDraft(id("eyes"), FILES);
      proxy.hold("packagerevisionresourceses");
      await packages.edit(name, { "b.yaml": "b: 1\n" }, "carol");
      // The operator reads the edit from the API server as well: it may have come after the request.
      await packages.setLifecycle(name, "proposed");
      await packages.waitForReason(name, "ProposalTakenBack");
      await packages.waitForAcknowledgement(name);
      await packages.propose(name);
      await packages.approve(name, "carol");
      const { status } = await packages.waitForReason(name, "FourEyes");
      expect(status).toMatchObject({ lifecycle: "proposed", waitingFor: ["FourEyes"] });
      expect(await createGitReader(env.git, "eyes")("tag", "--list")).toBe("");
    },
  );
});
