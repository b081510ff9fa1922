import { describe, expect, it } from "vitest";
import {
  ANNOTATION_CONFIRM_BASE,
  ANNOTATION_CONFIRMED_BY,
  ANNOTATION_REBASE_REQUESTED_BY,
} from "../../../api/v1alpha1/well-known.ts";
import { ENFORCED, type PolicyState } from "../../../core/admission/policy-state.ts";
import { missing, unknown } from "../../../core/testing/plan-cases.ts";
import { StepEnv } from "../testing/step-env.ts";
import { publishProposal } from "./publish.ts";

const TAG = "refs/tags/dns/v1";

async function approved() {
  const env = await StepEnv.open();
  const name = await env.proposal("dns", { f: "mine" });
  env.user.approve(name);
  return { env, name };
}

const readyOf = (env: StepEnv, name: string) =>
  env.revision(name).status?.conditions?.find(({ type }) => type === "Ready");

describe("while an admission policy is missing", () => {
  it("an approval is revoked, is not published afterwards, and a new one is", async () => {
    const { env, name } = await approved();
    env.policies = missing;
    await env.settle(name);
    expect(env.events).toContain("ApprovalRevoked");
    expect(env.revision(name).spec).toMatchObject({ lifecycle: "proposed" });
    expect(env.revision(name).spec).not.toHaveProperty("approval");
    expect(env.revision(name).status).not.toHaveProperty("waitingFor");
    expect(readyOf(env, name)).toMatchObject({ status: "False", reason: "PoliciesMissing" });
    env.policies = ENFORCED;
    await env.settle(name);
    expect(readyOf(env, name)).toMatchObject({ status: "True", reason: "Proposed" });
    expect(env.commitOf(TAG)).toBeUndefined();
    env.user.approve(name);
    await env.settle(name);
    expect(env.commitOf(TAG)).toBeDefined();
  });

  it("a verdict that nobody has checked is removed once it would count, and its gate waits for another", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns", { readinessGates: [{ conditionType: "scanned" }] });
    await env.settle(name);
    env.edit(name, { f: "mine" });
    await env.settle(name);
    const { contentDigest } = env.revision(name).status ?? {};
    const judge = () =>
      env.api.patchStatus("packagerevisions", name, {
        status: { gates: [{ conditionType: "scanned", digest: contentDigest, status: "True" }] },
      });
    judge();
    env.user.setLifecycle(name, "proposed");
    env.voidGrants = ["verdicts"];
    await env.reconcile(name);
    expect(env.events).toContain("VerdictsRemoved");
    expect(env.revision(name).status).not.toHaveProperty("gates");
    env.voidGrants = [];
    await env.settle(name);
    expect(readyOf(env, name)).toMatchObject({ reason: "WaitingForGate" });
    judge();
    await env.settle(name);
    expect(env.revision(name).status?.lifecycle).toBe("proposed");
  });

  it("a confirmation that nobody has checked is removed", async () => {
    const env = await StepEnv.open();
    const name = await env.proposal("dns", { f: "mine" });
    const annotations = { [ANNOTATION_CONFIRM_BASE]: "v1", [ANNOTATION_CONFIRMED_BY]: "bob", kept: "yes" };
    env.api.patch("packagerevisions", name, { metadata: { annotations } });
    env.voidGrants = ["confirmation"];
    await env.reconcile(name);
    expect(env.events).toContain("ConfirmationRemoved");
    const left = Object.keys(env.revision(name).metadata.annotations ?? {});
    expect(left).toContain("kept");
    for (const key of [ANNOTATION_CONFIRM_BASE, ANNOTATION_CONFIRMED_BY]) expect(left).not.toContain(key);
  });

  it("a request to rebase that nobody has checked is removed", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    await env.settle(name);
    const annotations = { [ANNOTATION_REBASE_REQUESTED_BY]: "bob", kept: "yes" };
    env.api.patch("packagerevisions", name, { metadata: { annotations } });
    env.voidGrants = ["rebase"];
    await env.reconcile(name);
    expect(env.events).toContain("RebaseRequestRemoved");
    expect(env.revision(name).metadata.annotations).not.toHaveProperty([ANNOTATION_REBASE_REQUESTED_BY]);
    expect(env.revision(name).status).not.toHaveProperty("lastRebase");
    expect(env.messageOf("refs/heads/dns/one")).not.toContain("Rebase");
  });

  it("further approvals that nobody has checked are removed", async () => {
    const { env, name } = await approved();
    const { digest = "" } = env.revision(name).status?.proposal ?? {};
    env.api.patch("packagerevisions", name, { spec: { lifecycle: "proposed", approval: null } });
    env.api.patch("packagerevisions", name, { spec: { approvals: { eve: { digest } } } });
    env.voidGrants = ["approvals"];
    await env.reconcile(name);
    expect(env.events).toContain("ApprovalRevoked");
    expect(env.revision(name).spec).not.toHaveProperty("approvals");
  });

  it("further approvals are revoked with the first one", async () => {
    const { env, name } = await approved();
    const { digest = "" } = env.revision(name).status?.proposal ?? {};
    env.api.patch("packagerevisions", name, { spec: { approvals: { eve: { digest } } } });
    env.policies = missing;
    await env.settle(name);
    expect(env.revision(name).spec).not.toHaveProperty("approvals");
  });

  it("an approval is not revoked for a user who withdraws the proposal at the same moment", async () => {
    const { env, name } = await approved();
    env.policies = missing;
    const { scope } = await env.plan(name, "revokeApproval");
    env.api.patch("packagerevisions", name, { spec: { lifecycle: "draft", approval: null } });
    await expect(env.reconcileWith(name, {}, scope.object)).rejects.toMatchObject({ code: 409 });
    expect(env.revision(name).spec.lifecycle).toBe("draft");
  });

  it.each<[string, PolicyState]>([
    ["missing", missing],
    ["not known", unknown],
  ])("nothing is pushed if it is %s only when the push is prepared", async (_, policies) => {
    const { env, name } = await approved();
    const { scope, plan } = await env.plan(name, "publish");
    env.policies = policies;
    expect(await publishProposal(scope, plan.draft, plan.commit)).toMatchObject({ again: true });
    expect(env.commitOf(TAG)).toBeUndefined();
  });

  it("an approval waits while that is not known, and is published then", async () => {
    const { env, name } = await approved();
    env.policies = unknown;
    await env.settle(name);
    expect(env.revision(name).status?.waitingFor).toEqual(["PoliciesMissing"]);
    env.policies = ENFORCED;
    await env.settle(name);
    expect(env.commitOf(TAG)).toBeDefined();
  });

  it("a deletion releases the object of a published revision, and leaves Git alone", async () => {
    const env = await StepEnv.open();
    const name = await env.published("dns", { f: "mine" });
    env.api.patch("packagerevisions", name, { spec: { lifecycle: "deletionProposed" } });
    await env.settle(name);
    env.api.delete("packagerevisions", name);
    env.policies = missing;
    const { pushes } = env.writes();
    await env.reconcile(name);
    expect(env.api.revision(name)).toBeUndefined();
    expect(env.events).toContain("PoliciesMissing");
    expect(env.writes().pushes).toBe(pushes);
    expect(env.commitOf(TAG)).toBeDefined();
  });
});
