import { describe, expect, inject } from "vitest";
import type { Lifecycle } from "../../src/api/v1alpha1/lifecycle.ts";
import { startControllerManager } from "../harness/controller-manager.ts";
import { isRunning } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";
import type { Verb } from "../testenv/api-client.ts";
import { test } from "../testenv/fixtures.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { needs } from "../testenv/needs.ts";
import { startOwnControlPlane } from "../testenv/own-control-plane.ts";
import { CONTENTS, REVISIONS } from "../testenv/package-reads.ts";
import { createPackages, nameOf, type Packages } from "../testenv/packages.ts";
import { createTenant } from "../testenv/tenant.ts";

/** A namespace that is deleted; the operator is in another one. */
const ENDING = "ending";
const KINDS: readonly Lifecycle[] = ["draft", "proposed", "published", "deletionProposed"];
/** The namespace controller looks again for what finalizers hold after eight seconds. */
const END_LIMIT = { timeoutMs: 90_000 };

const it = test
  .extend("own", { scope: "file" }, async ({}, { onCleanup }) => {
    const own = await startOwnControlPlane("manager");
    onCleanup(() => own.end());
    return own.provided;
  })
  .extend("manager", { scope: "file" }, async ({ own }, { onCleanup }) => {
    const manager = await startControllerManager(inject("capabilities").controllerManager, own);
    onCleanup(() => manager.stop());
    return manager;
  })
  .extend("envOptions", { scope: "file" }, async ({ own, manager }) => {
    expect(isRunning(manager.ref)).toBe(true);
    return { prefix: "manager", controlPlane: own, alsoWatch: [ENDING] };
  })
  .extend("repository", { scope: "file" }, async ({ env }) => {
    await env.git.createRepository("blue");
    await env.register("blue");
    return "blue";
  });

/** Of Kubernetes, aggregated. */
const ROLES = ["view", "edit", "admin"] as const;
type Role = (typeof ROLES)[number];

const idOf = (repository: string, name: string) => ({ repository, package: name.toLowerCase(), workspace: "one" });

async function createEach(packages: Packages, repository: string): Promise<void> {
  for (const kind of KINDS) {
    const name = await packages.createDraft(idOf(repository, kind), { "a.yaml": `kind: ${kind}\n` });
    if (kind === "proposed") await packages.propose(name);
    if (kind === "published" || kind === "deletionProposed") await packages.publish(name);
    if (kind !== "deletionProposed") continue;
    await packages.setLifecycle(name, "deletionProposed");
    await packages.waitForReason(name, "DeletionProposed");
  }
}

describe(...needs("kube-controller-manager", "beside a real kube-controller-manager"), () => {
  it("a namespace with packages ends, Git stays as it is, and nothing is logged as a failure", async ({ env }) => {
    const admin = env.as("admin");
    await env.git.createRepository("red");
    const tenant = await createTenant(env, ENDING);
    await tenant.register("red");
    await createEach(await createPackages({ ...env, namespace: ENDING }), "red");
    const git = createGitReader(env.git, "red");
    const [refs, logged] = [await git("for-each-ref"), (await env.operator.log()).length];
    await admin("delete", "namespace", ENDING, "--wait=false");
    const left = async () => await admin("get", "namespace", ENDING, "--ignore-not-found", "--output=name");
    await waitUntil("the namespace is gone", left, { until: (name) => name === "", ...END_LIMIT });
    expect(await git("for-each-ref")).toBe(refs);
    const lines = (await env.operator.log()).slice(logged);
    expect(lines.filter(({ level }) => level !== "debug" && level !== "info")).toEqual([]);
  });

  it.for(["background", "foreground", "orphan"])(
    "a draft is gone with its contents after a deletion with --cascade=%s",
    async (cascade, { env, packages, repository }) => {
      const name = await packages.createDraft(idOf(repository, cascade), { "a.yaml": "a: 1\n" });
      await env.as("alice")("delete", "pkgrev", name, `--cascade=${cascade}`, "--wait=false");
      await packages.waitUntilGone(name);
    },
  );

  it("contents are collected whose package revision is gone", async ({ env, packages, repository, requestAs }) => {
    const name = await packages.createDraft(idOf(repository, "lost"), { "a.yaml": "a: 1\n" });
    await env.operator.stop();
    await packages.request("alice", "delete", `${REVISIONS}/${name}`);
    // What the operator would do last.
    const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/${REVISIONS}/${name}`;
    await requestAs("operator", "merge", path, { metadata: { finalizers: null } });
    await waitUntil(
      "the contents are collected",
      async () => await env.as("admin")("get", CONTENTS, name, "--ignore-not-found", "--output=name"),
      { until: (found) => found === "", ...END_LIMIT },
    );
    await env.restartOperator("stop");
  });

  it("Kubernetes' own roles include those of pkgserver", async ({ env, packages, repository, requestAs }) => {
    const admin = env.as("admin");
    for (const role of ROLES) await admin("create", "rolebinding", role, `--clusterrole=${role}`, `--user=has-${role}`);
    const path = (rest: string) => `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/${rest}`;
    const codeOf = async (role: Role, verb: Verb, rest: string, body?: object) =>
      (await requestAs({ username: `has-${role}` }, verb, path(rest), body)).code;
    await waitUntil("the roles are filled in", async () => await codeOf("view", "get", REVISIONS), {
      until: (code) => code === 200,
    });
    const id = { ...idOf(repository, "roles"), target: "catalog" };
    const name = nameOf(id);
    const kind = { apiVersion: "pkg.pkgserver.dev/v1alpha1", kind: "PackageRevision" };
    const draft = { ...kind, metadata: { name }, spec: { packageRevID: id } };
    const files = { spec: { resources: { "a.yaml": "a: 1\n" } } };
    expect(await codeOf("view", "create", REVISIONS, draft)).toBe(403);
    expect(await codeOf("edit", "create", REVISIONS, draft)).toBe(201);
    await packages.waitForReason(name, "Draft");
    expect(await codeOf("view", "merge", `${CONTENTS}/${name}`, files)).toBe(403);
    expect(await codeOf("edit", "merge", `${CONTENTS}/${name}`, files)).toBe(200);
    await packages.waitForAcknowledgement(name);
    await packages.waitUntilShown(name);
    expect(await codeOf("edit", "merge", `${REVISIONS}/${name}`, { spec: { lifecycle: "proposed" } })).toBe(200);
    const reviewed = await packages.waitForReason(name, "Proposed");
    const digest = reviewed.status?.proposal?.digest;
    const approve = (by: Role) => ({ spec: { lifecycle: "published", approval: { digest, by: `has-${by}` } } });
    expect(await codeOf("edit", "merge", `${REVISIONS}/${name}`, approve("edit"))).toBe(403);
    expect(await codeOf("admin", "merge", `${REVISIONS}/${name}`, approve("admin"))).toBe(200);
    env.ledger.recordApproval(reviewed);
    env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
    const { apiVersion, kind: registered, spec } = await env.repository(repository);
    const other = { apiVersion, kind: registered, metadata: { name: "other" }, spec };
    const repositories = path("repositories?dryRun=All").replace("pkg.", "config.pkg.");
    for (const [role, code] of [
      ["edit", 403],
      ["admin", 201],
    ] as const)
      expect((await requestAs({ username: `has-${role}` }, "create", repositories, other)).code).toBe(code);
  });
});
