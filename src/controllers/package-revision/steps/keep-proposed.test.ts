import { describe, expect, it } from "vitest";
import { ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import { StepEnv } from "../testing/step-env.ts";
import { keepProposed } from "./keep-proposed.ts";

async function aProposal() {
  const env = await StepEnv.open();
  const name = await env.draft("dns", { f: "mine" });
  env.api.patch("packagerevisions", name, { metadata: { annotations: { [ANNOTATION_PROPOSED_BY]: "ann" } } });
  env.api.patch("packagerevisions", name, { spec: { lifecycle: "proposed" } });
  await env.settle(name);
  return { env, name };
}

describe("keepProposed", () => {
  it("writes nothing for a proposal that is complete", async () => {
    const { env, name } = await aProposal();
    const { scope, plan } = await env.plan(name, "keepProposed");
    const before = env.writes();
    const result = await keepProposed(scope, plan.view, plan.draft, plan);
    expect(env.writes()).toEqual(before);
    expect(result).toMatchObject({
      status: { waitingFor: undefined },
      readiness: { state: "ready", reason: "Proposed" },
    });
  });

  it("restores status and frozen contents from the branch and its trailers after the cluster is lost", async () => {
    const { env, name } = await aProposal();
    const { proposal, contentDigest, commit, base, metadataDigest } = env.revision(name).status ?? {};
    env.api.reset();
    env.create("dns", { lifecycle: "proposed" });
    const { scope, plan } = await env.plan(name, "keepProposed");
    const result = await keepProposed({ ...scope, now: "2031-01-01T00:00:00Z" }, plan.view, plan.draft, plan);
    expect(proposal).toMatchObject({ by: "ann" });
    expect(result).toMatchObject({
      status: { lifecycle: "proposed", proposal, contentDigest, commit, base, metadataDigest, files: 1 },
      readiness: { state: "ready", reason: "Proposed" },
      again: true,
    });
    const { generation } = env.page(name).metadata;
    expect(env.page(name).spec.resources).toEqual({ f: "mine" });
    expect([env.page(name).status?.frozen ?? true, generation]).toEqual([true, 1]);
  });

  it("recreates a contents object that was deleted, leaves the proposal as it is, and judges it again", async () => {
    const { env, name } = await aProposal();
    const { proposal } = env.revision(name).status ?? {};
    env.api.delete("packagerevisionresourceses", name);
    const { scope, plan } = await env.plan(name, "keepProposed");
    const result = await keepProposed(scope, plan.view, plan.draft, plan);
    expect(env.page(name).spec.resources).toEqual({ f: "mine" });
    expect(result).toMatchObject({ status: { proposal }, again: true });
  });

  it("names in waitingFor why an approval does not take effect", async () => {
    const { env, name } = await aProposal();
    env.user.misapprove(name);
    const { scope, plan } = await env.plan(name, "keepProposed");
    const result = await keepProposed(scope, plan.view, plan.draft, plan);
    expect(result).toMatchObject({
      status: { waitingFor: ["ApprovalMissing"] },
      readiness: { state: "stalled", reason: "ApprovalMissing" },
    });
  });
});

describe("keepProposed of contents that other clients have written", () => {
  it("shows the proposed files again, and freezes them", async () => {
    const { env, name } = await aProposal();
    env.api.patchStatus("packagerevisionresourceses", name, { status: { frozen: false } });
    env.edit(name, { f: "other", g: "more" }, "eve");
    env.contents.forgetAll();
    const { scope, plan } = await env.plan(name, "keepProposed");
    const result = await keepProposed(scope, plan.view, plan.draft, plan);
    expect(env.page(name)).toMatchObject({ spec: { resources: { f: "mine" } }, status: { frozen: true } });
    expect(result.readiness.reason).toBe("Proposed");
    expect(scope.contents.isSettled(scope.object, true)).toBe(true);
  });

  it("corrects what status says of the files", async () => {
    const { env, name } = await aProposal();
    const executableFiles = ["f"];
    env.api.patchStatus("packagerevisionresourceses", name, { status: { executableFilesCount: 1, executableFiles } });
    env.contents.forgetAll();
    const { scope, plan } = await env.plan(name, "keepProposed");
    await keepProposed(scope, plan.view, plan.draft, plan);
    expect(env.page(name).status?.executableFiles).toBeUndefined();
  });
});
