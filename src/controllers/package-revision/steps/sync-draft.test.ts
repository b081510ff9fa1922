import { describe, expect, it } from "vitest";
import { StepEnv } from "../testing/step-env.ts";
import { syncDraft } from "./sync-draft.ts";

const BRANCH = "refs/heads/dns/one";

async function draftWith(files: Readonly<Record<string, string>>) {
  const env = await StepEnv.open();
  const name = await env.draft("dns", files);
  const sync = async () => {
    const { scope, plan } = await env.plan(name, "syncDraft");
    return await syncDraft(scope, plan.view, plan.draft, plan.blocker);
  };
  return { env, name, sync };
}

describe("syncDraft", () => {
  it("commits an edit to the branch and acknowledges its generation", async () => {
    const { env, name, sync } = await draftWith({ f: "old" });
    env.edit(name, { f: "new" });
    const result = await sync();
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "new" });
    const { metadata, status } = env.page(name);
    expect(status).toMatchObject({ observedGeneration: metadata.generation, commit: env.commitOf(BRANCH) });
    expect(result).toMatchObject({
      status: { commit: env.commitOf(BRANCH), files: 1 },
      readiness: { reason: "Draft" },
    });
  });

  it("writes nothing to the API or to Git if nothing has changed", async () => {
    const { env, sync } = await draftWith({ f: "old" });
    const before = env.writes();
    const result = await sync();
    expect(env.writes()).toEqual(before);
    expect(result).toMatchObject({ status: { waitingFor: undefined }, readiness: { state: "ready", reason: "Draft" } });
  });

  it("shows an external commit in the contents object, without a commit of its own", async () => {
    const { env, name, sync } = await draftWith({ f: "old", g: "kept" });
    const commit = env.push(BRANCH, { "dns/f": "external" });
    await env.store.fetch();
    const before = env.writes().pushes;
    const result = await sync();
    expect(env.writes().pushes).toBe(before);
    expect(env.page(name)).toMatchObject({
      spec: { resources: { f: "external", g: "kept" } },
      status: { commit, frozen: false },
    });
    expect(result.status).toMatchObject({ commit });
  });

  it("merges an edit of one file with an external commit of another", async () => {
    const { env, name, sync } = await draftWith({ f: "old", g: "old" });
    env.edit(name, { f: "mine" });
    env.push(BRANCH, { "dns/g": "theirs" });
    await env.store.fetch();
    await sync();
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "mine", "dns/g": "theirs" });
    expect(env.page(name).spec.resources).toEqual({ f: "mine", g: "theirs" });
  });

  it("refuses with ContentConflict, and changes neither side, if both changed the same file", async () => {
    const { env, name, sync } = await draftWith({ f: "old" });
    env.edit(name, { f: "mine" });
    env.push(BRANCH, { "dns/f": "theirs" });
    await env.store.fetch();
    const result = await sync();
    expect(result.readiness).toMatchObject({ state: "stalled", reason: "ContentConflict" });
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "theirs" });
    const { spec, status, metadata } = env.page(name);
    expect(spec.resources).toEqual({ f: "mine" });
    expect(status?.observedGeneration).not.toBe(metadata.generation);
  });

  it("reconciles again with reason BranchMoved if the branch moves between observation and push", async () => {
    const { env, name, sync } = await draftWith({ f: "old" });
    env.edit(name, { f: "new" });
    env.remote.beforePush = () => env.push(BRANCH, { "dns/g": "theirs" });
    expect(await sync()).toMatchObject({ status: {}, readiness: { reason: "BranchMoved" }, again: true });
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "old", "dns/g": "theirs" });
  });

  it("does not overwrite an edit that is made while the contents are rewritten", async () => {
    const { env, name } = await draftWith({ f: "old" });
    env.push(BRANCH, { "dns/g": "theirs" });
    await env.store.fetch();
    const { scope, plan } = await env.plan(name, "syncDraft");
    const store = env.storeWith({
      readTree: async (...parameters) => {
        env.edit(name, { f: "edited meanwhile" });
        return await env.store.readTree(...parameters);
      },
    });
    await expect(syncDraft({ ...scope, store }, plan.view, plan.draft)).rejects.toMatchObject({ reason: "Conflict" });
    expect(env.page(name).spec.resources).toEqual({ f: "edited meanwhile" });
    await env.settle(name);
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "edited meanwhile", "dns/g": "theirs" });
  });

  it("creates the contents object of a branch that was pushed from outside", async () => {
    const env = await StepEnv.open();
    const commit = env.push(BRANCH, { "dns/f": "external" });
    await env.store.fetch();
    const name = env.create("dns");
    const { scope, plan } = await env.plan(name, "syncDraft");
    const result = await syncDraft(scope, plan.view, plan.draft);
    expect(env.page(name)).toMatchObject({ spec: { resources: { f: "external" } }, status: { frozen: false, commit } });
    expect(result).toMatchObject({
      status: { lifecycle: "draft", commit, base: { commit: env.commitOf("refs/heads/main") } },
      again: true,
    });
  });

  it("keeps in waitingFor why a desired proposal must wait", async () => {
    const { env, name } = await draftWith({ f: "old" });
    env.api.patch("packagerevisions", name, {
      spec: { lifecycle: "proposed", readinessGates: [{ conditionType: "example.com/tested" }] },
    });
    const { scope, plan } = await env.plan(name, "syncDraft");
    const result = await syncDraft(scope, plan.view, plan.draft, plan.blocker);
    expect(result).toMatchObject({
      status: { waitingFor: ["WaitingForGate"] },
      readiness: { state: "reconciling", reason: "WaitingForGate" },
    });
  });
});
