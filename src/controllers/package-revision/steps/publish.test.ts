import { describe, expect, it, vi } from "vitest";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { ModelHistory } from "../testing/model/history.ts";
import { BY_US } from "../testing/model/remote.ts";
import { StepEnv } from "../testing/step-env.ts";
import { publishProposal } from "./publish.ts";

const MAIN = "refs/heads/main";
const BRANCH = "refs/heads/dns/one";
const TAG = "refs/tags/dns/v1";

async function approved(repository: Parameters<typeof StepEnv.open>[0] = {}) {
  const env = await StepEnv.open(repository);
  const name = await env.proposal("dns", { f: "mine", "sub/f": "below" });
  env.user.approve(name);
  return { env, name };
}

describe("publishProposal", () => {
  it("writes tag, main and the deletion of the branch in one push", async () => {
    const { env, name } = await approved();
    const { scope, plan } = await env.plan(name, "publish");
    const before = env.writes().pushes;
    const result = await publishProposal(scope, plan.draft, plan.commit);
    expect(env.writes().pushes).toBe(before + 1);
    expect(env.commitOf(TAG)).toBe(plan.commit);
    expect(env.messageOf(TAG)).toContain("Approved-By: bob");
    expect(env.filesAt(MAIN)).toEqual({ "dns/f": "mine", "dns/sub/f": "below" });
    expect(env.commitOf(BRANCH)).toBeUndefined();
    expect(result).toMatchObject({
      status: { lifecycle: "published", revision: "v1", commit: plan.commit, publishedBy: "bob" },
      readiness: { state: "ready", reason: "Published" },
    });
  });

  it("does not ask Git whether a commit leads to itself: that starts a process for each publication", async () => {
    const { env, name } = await approved();
    const { scope, plan } = await env.plan(name, "publish");
    const contains = vi.spyOn(ModelHistory.prototype, "contains");
    await publishProposal(scope, plan.draft, plan.commit);
    expect(contains.mock.calls.filter(([commit, ancestor]) => commit === ancestor)).toEqual([]);
    contains.mockRestore();
  });

  it("records the metadata of the proposal, whatever the object says by then", async () => {
    const env = await StepEnv.open();
    const name = await env.draft("dns", { f: "mine" });
    env.api.patch("packagerevisions", name, { metadata: { labels: { team: "net" }, annotations: { ticket: "7" } } });
    await env.settle(name);
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    const { status } = env.revision(name);
    env.user.label(name, "reviewed by nobody");
    env.user.approve(name);
    const { scope, plan } = await env.plan(name, "publish");
    env.remote.beforePush = () => {
      env.api.patch("packagerevisions", name, { metadata: { annotations: { ticket: "8", late: "yes" } } });
      // The push is prepared again.
      env.push(MAIN, { other: "commit" });
    };
    await publishProposal(scope, plan.draft, plan.commit);
    for (const ref of [TAG, MAIN]) {
      const { metadata, digest, proposalDigest } = parseCommitMetadata(env.messageOf(ref)) ?? {};
      expect(metadata).toMatchObject({ labels: { team: "net" }, annotations: { ticket: "7" } });
      expect(metadata?.annotations).not.toHaveProperty("late");
      expect({ digest, proposalDigest }).toEqual({
        digest: status?.contentDigest,
        proposalDigest: status?.proposal?.digest,
      });
    }
  });

  it("voids a proposal whose commit records other metadata than was approved", async () => {
    const { env, name } = await approved();
    const { scope, plan } = await env.plan(name, "publish");
    const { metadata } = await env.store.describeCommit(plan.commit);
    if (metadata === undefined) throw new Error("the proposal records nothing");
    const other = { ...metadata, metadata: { ...metadata.metadata, labels: { team: "eve" } } };
    const store = env.storeWith({ describeCommit: async () => ({ metadata: other }) });
    const result = await publishProposal({ ...scope, store }, plan.draft, plan.commit);
    expect(result).toMatchObject({ status: { lifecycle: "draft" }, readiness: { reason: "ProposalVoided" } });
    expect(env.commitOf(TAG)).toBeUndefined();
  });

  it("does not publish what a gate refuses while the push waits for its turn", async () => {
    const env = await StepEnv.open({ readinessGates: [{ conditionType: "example.com/scanned" }] });
    const name = await env.draft("dns", { f: "mine" });
    const judge = (status: string) => {
      const { contentDigest: digest } = env.revision(name).status ?? {};
      const gates = [{ conditionType: "example.com/scanned", digest, status }];
      env.api.patchStatus("packagerevisions", name, { status: { gates } });
    };
    judge("True");
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    env.user.approve(name);
    const { scope, plan } = await env.plan(name, "publish");
    env.remote.beforePush = () => {
      judge("False");
      // The push is prepared again.
      env.push(MAIN, { other: "commit" });
    };
    expect(await publishProposal(scope, plan.draft, plan.commit)).toMatchObject({ status: {}, again: true });
    expect(env.commitOf(TAG)).toBeUndefined();
    await env.settle(name);
    expect(env.revision(name).status).toMatchObject({ lifecycle: "proposed", waitingFor: ["WaitingForGate"] });
    judge("True");
    await env.settle(name);
    expect(env.commitOf(TAG)).toBe(plan.commit);
  });

  it("leaves main alone where the Repository publishes tags only", async () => {
    const { env, name } = await approved({ publish: "tagOnly" });
    const { scope, plan } = await env.plan(name, "publish");
    await publishProposal(scope, plan.draft, plan.commit);
    expect(env.commitOf(TAG)).toBe(plan.commit);
    expect(env.filesAt(MAIN)).toEqual({});
  });

  it("voids a proposal whose files changed because a package below appeared between approval and push", async () => {
    const { env, name } = await approved();
    const { scope, plan } = await env.plan(name, "publish");
    const main = env.commitOf(MAIN) ?? "";
    env.remote.beforePush = () => {
      // The lease of main is lost too, so that the push is prepared again.
      env.push(MAIN, { other: "commit" });
      const commit = env.push("refs/heads/elsewhere", { "dns/sub/f": "below" });
      env.remote.setRef("refs/tags/dns/sub/v1", { oid: commit, commit });
    };
    const result = await publishProposal(scope, plan.draft, plan.commit);
    expect(result).toMatchObject({
      status: { lifecycle: "draft", proposal: undefined, waitingFor: undefined, voided: expect.anything() },
      readiness: { state: "ready", reason: "ProposalVoided" },
      again: true,
    });
    expect(env.commitOf(TAG)).toBeUndefined();
    expect(env.remote.contains(env.commitOf(MAIN) ?? "", main)).toBe(true);
    expect(env.filesAt(MAIN)).toEqual({ other: "commit" });
    const { spec } = env.revision(name);
    expect(spec.lifecycle).toBe("draft");
    expect(spec).not.toHaveProperty("approval");
  });

  it("voids a proposal from Git whose commit changes files outside of the package", async () => {
    const env = await StepEnv.open();
    const proposed = await env.proposal("dns", { f: "mine" });
    const forged = env.push(BRANCH, { "ci/run": "evil" }, env.messageOf(BRANCH), BY_US);
    await env.store.fetch();
    // A new cluster knows the proposal from Git alone.
    env.api.reset();
    const name = env.create("dns");
    expect(name).toBe(proposed);
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    expect(env.revision(name).status?.proposal?.commit).toBe(forged);
    env.user.approve(name);
    const { scope, plan } = await env.plan(name, "publish");
    const message = expect.stringContaining("shown to no reviewer");
    expect(await publishProposal(scope, plan.draft, plan.commit)).toMatchObject({
      status: { lifecycle: "draft", proposal: undefined, voided: message },
      readiness: { state: "ready", reason: "ProposalVoided", message },
    });
    expect(env.commitOf(TAG)).toBeUndefined();
    await env.settle(name);
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    env.user.approve(name);
    await env.settle(name);
    expect(env.filesAt(TAG)).toEqual({ "dns/f": "mine" });
  });

  it("publishes no second number if another publication of the same package comes first", async () => {
    const { env, name } = await approved();
    const { scope, plan } = await env.plan(name, "publish");
    env.remote.beforePush = () => {
      const commit = env.push(MAIN, { "dns/f": "theirs" });
      env.remote.setRef(TAG, { oid: commit, commit });
    };
    const before = env.writes().pushes;
    const result = await publishProposal(scope, plan.draft, plan.commit);
    expect(result).toMatchObject({
      status: {},
      readiness: { state: "reconciling", reason: "Publishing" },
      again: true,
    });
    expect(env.writes().pushes).toBe(before);
    expect(env.commitOf("refs/tags/dns/v2")).toBeUndefined();
    expect(env.commitOf(BRANCH)).toBe(plan.commit);
  });

  it("publishes no commit but the approved one", async () => {
    const { env, name } = await approved();
    const { scope, plan } = await env.plan(name, "publish");
    env.remote.beforePush = () => env.push(BRANCH, { "dns/f": "sneaked in" });
    const result = await publishProposal(scope, plan.draft, plan.commit);
    expect(result).toMatchObject({ status: {}, readiness: { reason: "Publishing" }, again: true });
    expect(env.commitOf(TAG)).toBeUndefined();
    const other = await approved();
    const now = await other.env.plan(other.name, "publish");
    await publishProposal(now.scope, now.plan.draft, "e".repeat(40));
    expect(other.env.commitOf(TAG)).toBeUndefined();
  });

  it("does not use a number again that an object of the package has, though its tag is gone", async () => {
    const env = await StepEnv.open();
    await env.published("dns", { f: "first" });
    const second = await env.proposal("dns", { f: "second" }, "two");
    env.user.approve(second);
    await env.store.fetch();
    env.remote.setRef(TAG, undefined);
    await env.store.fetch();
    env.user.confirmBase(second, [env.commitOf(MAIN) ?? ""]);
    const { scope, plan } = await env.plan(second, "publish");
    await publishProposal(scope, plan.draft, plan.commit);
    expect(env.commitOf(TAG)).toBeUndefined();
    expect(env.commitOf("refs/tags/dns/v2")).toBe(plan.commit);
  });

  it("fails with Conflict, before any push, if an approval that waited is withdrawn meanwhile", async () => {
    const { env, name } = await approved();
    env.api.patchStatus("packagerevisions", name, { status: { waitingFor: ["PushRejected"] } });
    const { scope, plan } = await env.plan(name, "publish");
    expect(env.user.setLifecycle(name, "draft")).toBe(true);
    const before = env.writes().pushes;
    await expect(publishProposal(scope, plan.draft, plan.commit)).rejects.toMatchObject({ reason: "Conflict" });
    expect(env.writes().pushes).toBe(before);
  });

  it("closes the withdrawal of an approval that waited before the push arrives", async () => {
    const { env, name } = await approved();
    env.api.patchStatus("packagerevisions", name, { status: { waitingFor: ["PushRejected"] } });
    const { scope, plan } = await env.plan(name, "publish");
    let withdrawn: boolean | undefined;
    env.remote.beforePush = () => {
      withdrawn = env.user.setLifecycle(name, "draft");
    };
    const result = await publishProposal(scope, plan.draft, plan.commit);
    expect(withdrawn).toBe(false);
    expect(result.readiness.reason).toBe("Published");
  });
});
