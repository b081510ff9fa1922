import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import type { ApiClient } from "../testenv/api-client.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import {
  BINDING,
  bindingOf,
  createPatcher,
  deleteApprovalBindings,
  install,
  it,
  MUTATING_BINDING,
  mend,
  propose,
} from "../testenv/missing-policies.ts";
import { needs } from "../testenv/needs.ts";
import type { TestEnv } from "../testenv/testenv.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
const COMMIT = "0".repeat(40);

/** Writes status as a user who may patch it, in a gap in which no policy keeps them from that. */
async function openGap(env: TestEnv, requestAs: ApiClient) {
  const forger = await createPatcher(env, "forger", "packagerevisions/status");
  await requestAs("admin", "delete", bindingOf("pkgserver-gates"));
  return async (name: string, status: object) => {
    const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisions/${name}/status`;
    const forge = async () => (await requestAs(forger, "merge", path, { status })).code === 200;
    await waitUntil(`the API server accepts the forged status of ${name}`, forge);
  };
}

describe(...needs("MutatingAdmissionPolicy", "status that was forged while a policy was missing"), () => {
  it("is not believed, neither then nor afterwards", async ({ env, packages, requestAs, repository, onTestFailed }) => {
    await env.waitForRepository(repository, "Synced");
    const id = (name: string, workspace: string) => ({ repository, package: name, workspace });
    const first = await packages.createPublished(id("web", "one"), { "a.yaml": "a: 1\n" });
    const old = await packages.createDraft(id("web", "old"), { "a.yaml": "a: 2\n" });
    const draft = await packages.createDraft(id("web", "draft"), { "a.yaml": "a: 3\n" });
    await packages.createPublished(id("web", "new"), { "a.yaml": "a: 4\n" });
    const proposed = (await packages.propose(old)).status;
    expect(proposed?.base?.revision).toBe("v1");

    onTestFailed(() => install(env));
    const forge = await openGap(env, requestAs);
    const lock = { revision: "v7", commit: COMMIT, digest: DIGEST };
    await forge(old, { base: { revision: "v2" }, upstreamLock: lock, proposal: { by: "carol", digest: DIGEST } });
    await forge(draft, { lifecycle: "published", revision: "v1" });
    await forge(first.metadata.name, { publishedBy: "carol", upstreamLock: lock, contentDigest: DIGEST });
    await mend(env);

    await packages.waitFor(old, "has what Git records", ({ status }) => {
      return status?.base?.revision === "v1" && status.upstreamLock === undefined && status.proposal?.by === "alice";
    });
    expect((await packages.get(old)).status?.proposal).toEqual(proposed?.proposal);
    await packages.waitFor(first.metadata.name, "has what Git records", ({ status }) => {
      const { publishedBy, upstreamLock, contentDigest } = status ?? {};
      return publishedBy === "bob" && upstreamLock === undefined && contentDigest === first.status?.contentDigest;
    });
    const { spec, status } = await packages.waitForReason(draft, "Draft");
    expect([spec.lifecycle ?? "draft", spec.packageRevID.revision, status?.revision]).toEqual([
      "draft",
      undefined,
      undefined,
    ]);
    // The base of the proposal is still the one that it began with.
    await packages.approve(old);
    await packages.waitForReason(old, "OutdatedBase");
    const events = await env.as("admin")("get", "events", "-o", "json");
    expect(events).toContain("StatusRestored");
  });
});

describe("contents of a proposal that were opened while a policy was missing", () => {
  it("are again those that were proposed", async ({ env, packages, requestAs, repository, onTestFailed }) => {
    await env.waitForRepository(repository, "Synced");
    const { metadata, status } = await propose(packages, "opened");
    const { name } = metadata;
    const resource = "packagerevisionresourceses";
    const forger = await createPatcher(env, "contents-forger", resource, `${resource}/status`);
    onTestFailed(() => install(env));
    await requestAs("admin", "delete", bindingOf("pkgserver-contents-status"));
    const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/${resource}/${name}`;
    const open = async () =>
      (await requestAs(forger, "merge", `${path}/status`, { status: { frozen: false } })).code === 200;
    await waitUntil("the API server accepts the forged status", open);
    const edit = { spec: { resources: { "a.yaml": "shown: to the reviewer\n" } } };
    expect((await requestAs(forger, "merge", path, edit)).code).toBe(200);
    await mend(env);
    await waitUntil("the contents are those of the proposal", async () => await packages.contents(name), {
      until: ({ spec, status: now }) => spec.resources?.["a.yaml"] === "a: 1\n" && now?.frozen === true,
    });
    expect((await packages.get(name)).status?.proposal).toEqual(status?.proposal);
    await packages.publish(name);
  });
});

describe("further approvals that were forged while a policy was missing", () => {
  it("are removed, and the proposal waits for true ones", async ({
    env,
    packages,
    requestAs,
    repository,
    onTestFailed,
  }) => {
    await env.waitForRepository(repository, "Synced");
    const require = async (required: number | null) =>
      await packages.request("admin", "merge", `repositories/${repository}`, { spec: { approval: { required } } });
    await require(2);
    const { metadata, status } = await propose(packages, "several");
    const { name } = metadata;
    const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisions/${name}`;
    const { digest } = status?.proposal ?? {};
    onTestFailed(() => install(env));
    for (const binding of [bindingOf("pkgserver-co-approval"), MUTATING_BINDING.replace("approval", "co-approval")])
      await requestAs("admin", "delete", binding);
    const approvals = { bob: { digest }, carol: { digest } };
    await waitUntil("the API server accepts forged approvals", async () => {
      return (await requestAs("alice", "merge", path, { spec: { approvals } })).code === 200;
    });
    await mend(env);
    await packages.waitFor(name, "has no approvals", ({ spec }) => spec.approvals === undefined);
    await packages.waitForReason(name, "Proposed");
    await packages.approve(name, "bob");
    await packages.waitForReason(name, "WaitingForApproval");
    await packages.patch(name, { spec: { approvals: { carol: { digest } } } }, "carol");
    env.ledger.recordPublication(await packages.waitForReason(name, "Published"));
    const events = await env.as("admin")("get", "events", "-o", "json");
    expect(events).toContain('of \\"bob\\", \\"carol\\", were removed');
    await require(null);
  });
});

describe("while a push hangs", () => {
  it("the Repository says whether the policies are enforced", async ({
    env,
    packages,
    requestAs,
    repository,
    onTestFailed,
  }) => {
    await env.waitForRepository(repository, "Synced");
    const draft = await packages.createDraft({ repository, package: "held", workspace: "one" });
    const push = await holdNextPush(env.git, repository, "before");
    onTestFailed(async () => {
      await push.release();
      await install(env);
    });
    await packages.edit(draft, { "a.yaml": "a: 2\n" });
    await push.reached();
    await env.as("admin")("annotate", "pkgrepo", repository, "pkg.pkgserver.dev/sync-requested-at=now");
    await deleteApprovalBindings(requestAs);
    const missing = await env.waitForRepository(repository, "PoliciesMissing");
    expect(missing.status?.conditions?.[0]?.message).toContain(BINDING.split("/").at(-1));
    await install(env);
    const back = await env.waitForRepository(repository, "Syncing");
    expect(back.status?.conditions?.[0]?.message).toContain("enforced again");
    await push.release();
    await env.waitForRepository(repository, "Synced");
    await packages.waitForAcknowledgement(draft);
  });
});
