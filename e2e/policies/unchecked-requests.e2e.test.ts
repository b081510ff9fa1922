import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import {
  bindingOf,
  createPatcher,
  deleteApprovalBindings,
  forgeApproval,
  install,
  isRevoked,
  it,
  MISSING_NONE,
  mend,
  propose,
  readMetrics,
} from "../testenv/missing-policies.ts";

const GATE = "example.com/scanned";

describe("after a policy was missing", () => {
  it("no approval of that time is published that the operator comes to only now", async ({
    env,
    packages,
    requestAs,
    repository,
    onTestFailed,
  }) => {
    await env.waitForRepository(repository, "Synced");
    const proposed = await propose(packages, "busy");
    const { name } = proposed.metadata;
    // Proposed again, the same files have the same digest.
    await packages.setLifecycle(name, "draft");
    await packages.waitForReason(name, "Draft");
    const push = await holdNextPush(env.git, repository, "before");
    await packages.setLifecycle(name, "proposed");
    await push.reached();
    onTestFailed(() => install(env));
    await deleteApprovalBindings(requestAs);
    const forge = () => forgeApproval(env, requestAs, proposed);
    await waitUntil("the API server accepts the forged approval", async () => (await forge()).code === 200);
    await install(env);
    // The Repository is not synced while the push is held.
    await waitUntil("the policies are enforced again", async () => await readMetrics(env), {
      until: (metrics) => MISSING_NONE.test(metrics),
    });
    await push.release();
    await env.waitFor(name, "has lost its approval", isRevoked);
    expect(await createGitReader(env.git, repository).refs()).not.toContain("tags/busy/v1");
    await packages.publish(name);
  });

  it("no verdict of that time counts, which was written by a user who may not set the gate", async ({
    env,
    packages,
    requestAs,
    repository,
    onTestFailed,
  }) => {
    await env.waitForRepository(repository, "Synced");
    const spec = { readinessGates: [{ conditionType: GATE }] };
    const id = { repository, package: "gated", workspace: "one" };
    const name = await packages.createDraft(id, { "a.yaml": "a: 1\n" }, { spec });
    const scanner = await createPatcher(env, "scanner", "packagerevisions/status");
    const path = `pkg.pkgserver.dev/v1alpha1/namespaces/${env.namespace}/packagerevisions/${name}/status`;
    const { contentDigest } = (await packages.get(name)).status ?? {};
    const forge = () =>
      requestAs(scanner, "merge", path, {
        status: { gates: [{ conditionType: GATE, digest: contentDigest, status: "True" }] },
      });
    expect((await forge()).body.message).toContain("may not set the gate");
    onTestFailed(() => install(env));
    await requestAs("admin", "delete", bindingOf("pkgserver-gates"));
    await waitUntil("the API server accepts the forged verdict", async () => (await forge()).code === 200);
    await mend(env);
    await env.waitFor(name, "has lost the verdict", ({ status }) => status?.gates === undefined);
    await packages.setLifecycle(name, "proposed");
    await packages.waitForReason(name, "WaitingForGate");
    await packages.request("admin", "merge", `packagerevisions/${name}/status`, {
      status: { gates: [{ conditionType: GATE, digest: contentDigest, status: "True" }] },
    });
    await packages.waitForReason(name, "Proposed");
    await packages.publish(name);
  });
});
