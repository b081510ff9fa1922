import { describe, expect, it } from "vitest";
import {
  ANNOTATION_LIFECYCLE_CHANGED_BY,
  ANNOTATION_PROPOSED_BY,
  ANNOTATION_REJECTION_REASON,
} from "../../../api/v1alpha1/well-known.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { EndedError, endingClient } from "../testing/ending-client.ts";
import { StepEnv } from "../testing/step-env.ts";
import { returnToDraft } from "./return-to-draft.ts";

const BRANCH = "refs/heads/dns/one";

const ignoreEnd = (error: unknown) => {
  if (!(error instanceof EndedError)) throw error;
};

async function aProposal() {
  const env = await StepEnv.open();
  const name = await env.proposal("dns", { f: "mine" });
  const run = async () => {
    const { scope, plan } = await env.plan(name, "returnToDraft");
    return await returnToDraft(scope, plan.view, plan.draft, plan.cause);
  };
  return { env, name, run };
}

describe("returnToDraft", () => {
  it("records the withdrawal in a commit, and makes the contents editable", async () => {
    const { env, name, run } = await aProposal();
    const { contentDigest: digest } = env.revision(name).status ?? {};
    env.user.setLifecycle(name, "draft");
    const result = await run();
    const commit = env.commitOf(BRANCH);
    const trailers = parseCommitMetadata(env.messageOf(BRANCH));
    expect(trailers).toMatchObject({ lifecycle: "draft", digest });
    expect(trailers).not.toHaveProperty("proposedBy");
    expect(trailers).not.toHaveProperty("proposalDigest");
    expect(env.page(name).status).toMatchObject({ frozen: false, commit });
    expect(() => env.edit(name, { f: "again" })).not.toThrow();
    expect(result).toMatchObject({
      status: { lifecycle: "draft", commit, proposal: undefined, waitingFor: undefined },
      readiness: { state: "ready", reason: "Draft" },
      again: true,
    });
  });

  const UNKNOWN = 'the proposal of "ann" was withdrawn or rejected; by whom is not known';
  it.each([
    ["bob", undefined, "ProposalRejected", '"bob" rejected the proposal of "ann"'],
    ["bob", 'too "big"', "ProposalRejected", '"bob" rejected the proposal of "ann": "too \\"big\\""'],
    ["ann", undefined, "ProposalWithdrawn", '"ann" withdrew the proposal'],
    ["ann", "not done", "ProposalWithdrawn", '"ann" withdrew the proposal: "not done"'],
    [undefined, undefined, "ProposalWithdrawn", UNKNOWN],
    [undefined, "not done", "ProposalRejected", `${UNKNOWN}: "not done"`],
  ])("tells by an Event that %s took the proposal back (%s)", async (by, why, reason, note) => {
    const { env, name } = await aProposal();
    env.user.setLifecycle(name, "draft");
    env.api.patch("packagerevisions", name, {
      metadata: {
        annotations: { [ANNOTATION_LIFECYCLE_CHANGED_BY]: by ?? null, [ANNOTATION_REJECTION_REASON]: why ?? null },
      },
    });
    const proposal = { ...env.revision(name).status?.proposal, by: "ann" };
    env.api.patchStatus("packagerevisions", name, { status: { proposal } });
    const recorded: object[] = [];
    const events = { record: (_: unknown, details: object) => void recorded.push(details) };
    const { scope, plan } = await env.plan(name, "returnToDraft", { events });
    const { status } = await returnToDraft(scope, plan.view, plan.draft, plan.cause);
    expect(recorded).toEqual([{ type: "Normal", reason, action: "ReturnToDraft", note }]);
    const isRejected = reason === "ProposalRejected";
    expect(status.rejected).toBe(isRejected ? `${note}; edit the draft, then propose it again` : undefined);
    expect(status.lastRejection).toEqual(isRejected ? { message: note, at: scope.now } : undefined);
  });

  it("makes no second commit if the withdrawal was recorded before an interruption", async () => {
    const { env, name, run } = await aProposal();
    env.user.setLifecycle(name, "draft");
    await run();
    const { scope, plan } = await env.plan(name, "returnToDraft");
    const before = env.writes().pushes;
    await returnToDraft(scope, plan.view, plan.draft, "requested");
    expect(env.writes().pushes).toBe(before);
  });

  it("resets the desired lifecycle, approval and proposer of a proposal that an external commit voids", async () => {
    const { env, name, run } = await aProposal();
    env.user.approve(name);
    const proposed = env.commitOf(BRANCH);
    env.push(BRANCH, { "dns/f": "theirs" });
    await env.store.fetch();
    const before = env.writes().pushes;
    const result = await run();
    const { spec, metadata } = env.revision(name);
    expect(spec.lifecycle).toBe("draft");
    expect(spec).not.toHaveProperty("approval");
    expect(metadata.annotations ?? {}).not.toHaveProperty(ANNOTATION_PROPOSED_BY);
    expect(env.writes().pushes).toBe(before);
    expect(env.page(name).status?.frozen).toBe(false);
    // The next reconcile merges the external commit: until then, the contents show the proposed one.
    expect(result).toMatchObject({
      object: { spec: { lifecycle: "draft" } },
      status: { lifecycle: "draft", commit: proposed, proposal: undefined },
      readiness: { state: "ready", reason: "ProposalVoided" },
      again: true,
    });
  });

  it("leaves no further approval that was given at the same moment", async () => {
    const { env, name } = await aProposal();
    env.push(BRANCH, { "dns/f": "theirs" });
    await env.store.fetch();
    const { scope, plan } = await env.plan(name, "returnToDraft");
    const digest = env.revision(name).status?.proposal?.digest;
    env.api.patch("packagerevisions", name, { spec: { approvals: { bob: { digest } } } });
    await returnToDraft(scope, plan.view, plan.draft, plan.cause);
    expect(env.revision(name).spec).not.toHaveProperty("approvals");
  });

  it.each([1, 2, 3])(
    "names the approval that became void, after an end of the operator behind %i writes",
    async (writes) => {
      const { env, name, run } = await aProposal();
      env.user.approve(name);
      env.push(BRANCH, { "dns/f": "theirs" });
      await env.store.fetch();
      const { scope, plan } = await env.plan(name, "returnToDraft");
      const client = endingClient(scope.dependencies.client, writes);
      const ending = { ...scope, dependencies: { ...scope.dependencies, client } };
      await returnToDraft(ending, plan.view, plan.draft, plan.cause).catch(ignoreEnd);
      expect((await run()).status.voided).toContain(', and the approval by "bob"; review the draft');
    },
  );

  it("keeps the rejection of a proposal that an external commit voids at the same moment", async () => {
    const { env, name, run } = await aProposal();
    env.user.reject(name, "too small");
    env.push(BRANCH, { "dns/f": "theirs" });
    await env.store.fetch();
    expect(await run()).toMatchObject({
      status: {
        voided: expect.stringContaining("from outside, voids the proposal"),
        rejected: expect.stringContaining('"bob" rejected the proposal of "ann": "too small"'),
      },
      readiness: { reason: "ProposalVoided" },
    });
    expect(env.revision(name).metadata.annotations ?? {}).not.toHaveProperty(ANNOTATION_REJECTION_REASON);
  });

  it("says why the proposal became void until the draft is proposed again, through edits and further syncs", async () => {
    const { env, name } = await aProposal();
    const proposed = env.commitOf(BRANCH);
    const shown = () => {
      const { voided, conditions = [] } = env.revision(name).status ?? {};
      const { reason, message } = conditions.find(({ type }) => type === "Ready") ?? {};
      return { voided, reason, message };
    };
    env.push(BRANCH, { "dns/f": "theirs" });
    await env.store.fetch();
    await env.settle(name);
    const voided = expect.stringContaining(`from outside, voids the proposal of ${proposed}`);
    expect(shown()).toEqual({ voided, reason: "ProposalVoided", message: voided });
    env.edit(name, { f: "mended" });
    await env.settle(name);
    expect(shown()).toEqual({ voided, reason: "ProposalVoided", message: voided });
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    expect(shown()).toMatchObject({ voided: undefined, reason: "Proposed" });
    env.user.setLifecycle(name, "draft");
    await env.settle(name);
    expect(shown()).toMatchObject({ voided: undefined, reason: "Draft" });
  });

  it("voids a proposal whose spec changed while it was being proposed, and records the new spec in Git", async () => {
    const { env, name, run } = await aProposal();
    env.user.approve(name);
    const inputs = [{ apiVersion: "v1", kind: "ConfigMap", data: { replicas: "100" } }];
    // Admission refuses this only once status says proposed.
    env.api.patch("packagerevisions", name, { spec: { inputs } });
    const result = await run();
    expect(env.revision(name).spec).toMatchObject({ lifecycle: "draft", inputs });
    expect(env.revision(name).spec).not.toHaveProperty("approval");
    const { lifecycle, metadata } = parseCommitMetadata(env.messageOf(BRANCH)) ?? {};
    expect({ lifecycle, metadata }).toMatchObject({ lifecycle: "draft", metadata: { spec: { inputs } } });
    expect(result).toMatchObject({
      status: { lifecycle: "draft", commit: env.commitOf(BRANCH), proposal: undefined },
      readiness: { state: "ready", reason: "ProposalVoided" },
      again: true,
    });
  });

  it("reconciles again, and leaves the contents frozen, if the branch moves before the push", async () => {
    const { env, name, run } = await aProposal();
    env.user.setLifecycle(name, "draft");
    env.remote.beforePush = () => env.push(BRANCH, { "dns/g": "theirs" });
    expect(await run()).toMatchObject({ status: {}, readiness: { reason: "BranchMoved" }, again: true });
    expect(env.page(name).status?.frozen).toBe(true);
  });

  it("does not acknowledge an edit that was made after an interruption", async () => {
    const { env, name } = await aProposal();
    env.user.setLifecycle(name, "draft");
    const { scope, plan } = await env.plan(name, "returnToDraft");
    await returnToDraft(scope, plan.view, plan.draft, "requested");
    env.edit(name, { f: "new" });
    const again = await env.plan(name, "returnToDraft");
    await returnToDraft(again.scope, again.plan.view, again.plan.draft, "requested");
    const { metadata, status } = env.page(name);
    expect(status?.observedGeneration).not.toBe(metadata.generation);
  });
});
