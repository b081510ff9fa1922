import { describe, expect, it } from "vitest";
import type { Repository } from "../../../api/v1alpha1/repository.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { ReviewingClient } from "../testing/reviewing-client.ts";
import { NOW, StepEnv } from "../testing/step-env.ts";
import { publishProposal } from "./publish.ts";

const TAG = "refs/tags/dns/v1";
const BOT = "system:serviceaccount:ci:bot";

async function proposal(approval: NonNullable<Repository["spec"]["approval"]>) {
  const env = await StepEnv.open({ approval });
  const name = await env.proposal("dns", { f: "mine" });
  const digest = env.revision(name).status?.proposal?.digest ?? "";
  const add = (by: string, groups?: string[]) =>
    env.api.patch("packagerevisions", name, { spec: { approvals: { [by]: { digest, ...(groups && { groups }) } } } });
  const ready = () => env.revision(name).status?.conditions?.find(({ type }) => type === "Ready");
  return { env, name, digest, add, ready };
}

describe("a proposal that several users must approve", () => {
  it("waits, and costs one write for each approval that does not suffice", async () => {
    const { env, name, digest, add, ready } = await proposal({ required: 3 });
    env.user.approve(name);
    const before = env.writes();
    await env.settle(name);
    expect(env.writes()).toEqual({ ...before, api: before.api + 1 });
    expect(ready()).toMatchObject({ status: "False", reason: "WaitingForApproval" });
    expect(env.revision(name).status).toMatchObject({
      waitingFor: ["WaitingForApproval"],
      requiredApprovals: [{ required: 3 }],
      approvals: [{ by: "bob", digest, at: NOW }],
    });
    add("carol");
    await env.settle(name);
    expect(env.commitOf(TAG)).toBeUndefined();
    add("dora");
    await env.settle(name);
    expect(parseCommitMetadata(env.messageOf(TAG))).toMatchObject({
      approvedBy: "bob",
      approvals: { required: [{ required: 3 }], given: [{ by: "bob" }, { by: "carol" }, { by: "dora" }] },
    });
    expect(env.revision(name).status?.approvals).toHaveLength(3);
    const published = env.writes();
    await env.settle(name);
    expect(env.writes()).toEqual(published);
  });

  it("is judged by the policy of the moment in which it is pushed", async () => {
    const { env, name, ready } = await proposal({});
    env.user.approve(name);
    const { scope, plan } = await env.plan(name, "publish");
    env.api.patch("repositories", "blue", { spec: { approval: { required: 2 } } });
    await publishProposal(scope, plan.draft, plan.commit);
    expect(env.commitOf(TAG)).toBeUndefined();
    await env.settle(name);
    expect(ready()).toMatchObject({ reason: "WaitingForApproval" });
  });

  it("is not published in a freeze that begins while its push waits", async () => {
    const { env, name, ready } = await proposal({});
    env.user.approve(name);
    const { scope, plan } = await env.plan(name, "publish");
    const freeze = { name: "night", schedule: "0 3 * * *", duration: "1h" };
    env.api.patch("repositories", "blue", { spec: { freezes: [freeze] } });
    await publishProposal(scope, plan.draft, plan.commit);
    expect(env.commitOf(TAG)).toBeUndefined();
    await env.settle(name);
    expect(ready()).toMatchObject({ reason: "Frozen", message: expect.stringContaining("until 2025-01-02T04:00:00Z") });
    env.api.patch("packagerevisions", name, {
      spec: { approvals: { carol: { digest: env.revision(name).spec.approval?.digest, overrideFreeze: "an outage" } } },
    });
    await env.settle(name);
    expect(parseCommitMetadata(env.messageOf(TAG))).toMatchObject({
      freezeOverriddenBy: "carol",
      freezeOverrideReason: "an outage",
    });
  });

  it("asks for the rights of each ServiceAccount", async () => {
    const { env, name, add } = await proposal({ required: 2 });
    const client = new ReviewingClient(env.api);
    env.user.approve(name);
    add(BOT);
    client.answer = () => false;
    await env.reconcileWith(name, { client });
    expect(env.revision(name).status?.waitingFor).toEqual(["ApproverNotAllowed"]);
    client.answer = () => true;
    await env.reconcileWith(name, { client });
    expect(client.reviews.map(({ user }) => user)).toEqual([BOT, BOT]);
    expect(env.commitOf(TAG)).toBeDefined();
  });

  it("loses all approvals when it becomes void", async () => {
    const { env, name, add } = await proposal({ required: 2 });
    add("carol");
    await env.settle(name);
    env.user.approve(name);
    env.push("refs/heads/dns/one", { "dns/f": "theirs" });
    await env.settle(name);
    const { spec, status } = env.revision(name);
    expect([spec.lifecycle, spec.approval, spec.approvals]).toEqual(["draft", undefined, undefined]);
    expect([status?.lifecycle, status?.approvals, status?.requiredApprovals]).toEqual(["draft", undefined, undefined]);
  });
});
