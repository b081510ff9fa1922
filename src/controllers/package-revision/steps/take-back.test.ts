import { describe, expect, it } from "vitest";
import { ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import { ReviewingClient } from "../testing/reviewing-client.ts";
import { StepEnv } from "../testing/step-env.ts";
import { proposeDraft } from "./propose.ts";
import { syncDraft } from "./sync-draft.ts";

const BRANCH = "refs/heads/dns/one";
const GATE = "example.com/checked";
const CHECKER = "system:serviceaccount:ci:checker";

/** A draft of ann's that she asks to propose while a gate is not True. */
async function waiting({ ofRepository = false } = {}) {
  const gates = { readinessGates: [{ conditionType: GATE }] };
  const env = await StepEnv.open(ofRepository ? gates : {});
  const name = env.create("dns", ofRepository ? {} : gates);
  await env.settle(name);
  env.edit(name, { f: "mine" });
  await env.settle(name);
  env.user.setLifecycle(name, "proposed");
  await env.settle(name);
  return { env, name };
}

async function proposable() {
  const env = await StepEnv.open();
  return { env, name: await env.draft("dns", { f: "mine" }) };
}

describe("a request to propose", () => {
  it("is taken back by another user's edit while it waits; the edit is kept as a draft's", async () => {
    const { env, name } = await waiting();
    expect(env.revision(name).status?.waitingFor).toEqual(["WaitingForGate"]);
    env.edit(name, { g: "hers" }, "ann\neve");
    await env.settle(name);
    const { spec, status, metadata } = env.revision(name);
    expect([spec.lifecycle, status?.waitingFor, metadata.annotations?.[ANNOTATION_PROPOSED_BY]]).toEqual([
      "draft",
      undefined,
      undefined,
    ]);
    const message = `eve edited ${name} after ann asked to propose it: review the draft, then propose it again`;
    expect(status?.takenBack).toBe(message);
    expect(status?.conditions?.[0]).toMatchObject({ type: "Ready", reason: "ProposalTakenBack", message });
    expect(env.events).toContain("ProposalTakenBack");
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "mine", "dns/g": "hers" });
    expect(env.page(name).status).toMatchObject({ frozen: false });
  });

  it("is taken back by another user's change of labels, and by a pushed commit", async () => {
    const labelled = await waiting();
    labelled.env.user.label(labelled.name, "network", "eve");
    await labelled.env.settle(labelled.name);
    const { spec, status } = labelled.env.revision(labelled.name);
    expect(spec.lifecycle).toBe("draft");
    expect(status?.takenBack).toContain("eve changed its spec, labels or annotations after ann");
    const pushed = await waiting();
    const commit = pushed.env.push(BRANCH, { "dns/g": "theirs" });
    await pushed.env.store.fetch();
    await pushed.env.settle(pushed.name);
    expect(pushed.env.revision(pushed.name).status?.takenBack).toContain(
      `an external client pushed commit ${commit} to ${BRANCH} after ann asked`,
    );
    expect(pushed.env.filesAt(BRANCH)).toEqual({ "dns/f": "mine", "dns/g": "theirs" });
  });

  it("is taken back by another user's change of labels also while its files are refused", async () => {
    const { env, name } = await proposable();
    env.edit(name, { "../x": "bad" });
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    expect(env.revision(name).status?.waitingFor).toEqual(["InvalidPath"]);
    env.user.label(name, "network", "eve");
    await env.settle(name);
    // The proposer changes it last, and mends the files.
    env.user.label(name, "storage");
    env.edit(name, { "../x": null });
    await env.settle(name);
    expect(env.revision(name).spec.lifecycle).toBe("draft");
  });

  it("stands while only the proposer changes the draft", async () => {
    const { env, name } = await waiting();
    env.edit(name, { g: "mine too" });
    env.user.label(name, "network");
    await env.settle(name);
    expect(env.revision(name).spec.lifecycle).toBe("proposed");
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "mine", "dns/g": "mine too" });
  });

  it("is taken back by an edit that came while the operator was away, also if the proposer edited since", async () => {
    const { env, name } = await proposable();
    env.user.setLifecycle(name, "proposed");
    env.edit(name, { g: "hers" }, "ann\neve");
    env.edit(name, { f: "mine again" }, "eve\nann");
    await env.settle(name);
    expect(env.revision(name).spec.lifecycle).toBe("draft");
    expect(env.commitOf("refs/tags/dns/v1")).toBeUndefined();
    expect(env.page(name).status).toMatchObject({ frozen: false });
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "mine again", "dns/g": "hers" });
    // A new request is for what there is now.
    env.user.setLifecycle(name, "proposed");
    await env.settle(name);
    const { lifecycle, takenBack } = env.revision(name).status ?? {};
    expect([lifecycle, takenBack]).toEqual(["proposed", undefined]);
  });

  it("is taken back before an edit is acknowledged that the cache took for one before the request", async () => {
    const { env, name } = await proposable();
    const { scope, plan } = await (async () => {
      env.edit(name, { g: "hers" }, "eve");
      return await env.plan(name, "syncDraft");
    })();
    env.user.setLifecycle(name, "proposed");
    const { readiness } = await syncDraft(scope, plan.view, plan.draft);
    expect(readiness.reason).toBe("ProposalTakenBack");
    expect(env.revision(name).spec.lifecycle).toBe("draft");
  });

  it("is taken back after the contents were frozen: no edit comes in between", async () => {
    const { env, name } = await proposable();
    env.user.setLifecycle(name, "proposed");
    const { scope, plan } = await env.plan(name, "propose");
    env.edit(name, { g: "hers" }, "eve");
    const { readiness } = await proposeDraft(scope, plan.view, plan.draft);
    expect(readiness.reason).toBe("ProposalTakenBack");
    await env.settle(name);
    expect(env.page(name).status).toMatchObject({ frozen: false });
    env.edit(name, { h: "later" });
    await env.settle(name);
    expect(env.filesAt(BRANCH)).toMatchObject({ "dns/h": "later" });
  });

  it.each(["the draft", "its Repository"])(
    "stands while a ServiceAccount that may set a gate of %s writes, and no other one",
    async (owner) => {
      for (const allowed of [CHECKER, "system:serviceaccount:ci:other"]) {
        const { env, name } = await waiting(owner === "the draft" ? {} : { ofRepository: true });
        env.edit(name, { g: "checked" }, `ann\n${CHECKER}`);
        const client = new ReviewingClient(env.api, ({ user }) => user === allowed);
        const { scope, plan } = await env.plan(name, "syncDraft", { client });
        const { readiness } = await syncDraft(scope, plan.view, plan.draft, plan.blocker);
        const expected = allowed === CHECKER ? "WaitingForGate" : "ProposalTakenBack";
        expect([readiness.reason, env.revision(name).spec.lifecycle]).toEqual([
          expected,
          allowed === CHECKER ? "proposed" : "draft",
        ]);
        const attributes = {
          group: "pkg.pkgserver.dev",
          resource: "packagerevisions",
          subresource: "gates",
          name: GATE,
        };
        expect(client.reviews).toEqual([
          {
            user: CHECKER,
            groups: ["system:serviceaccounts", "system:serviceaccounts:ci", "system:authenticated"],
            resourceAttributes: { namespace: "default", verb: "update", ...attributes },
          },
        ]);
      }
    },
  );

  it("asks for no right of people, who are no gate programs", async () => {
    const { env, name } = await waiting();
    env.edit(name, { g: "hers" }, "ann\neve");
    const client = new ReviewingClient(env.api, ({ user }) => user === "eve");
    const { scope, plan } = await env.plan(name, "syncDraft", { client });
    expect((await syncDraft(scope, plan.view, plan.draft, plan.blocker)).readiness.reason).toBe("ProposalTakenBack");
    expect(client.reviews).toEqual([]);
  });
});
