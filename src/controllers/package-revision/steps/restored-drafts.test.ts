import { describe, expect, it } from "vitest";
import { StepEnv } from "../testing/step-env.ts";

const BRANCH = "refs/heads/dns/one";

/** A sync of the Repository, as far as deleted drafts are concerned, and what follows from it. */
async function sync(env: StepEnv, name: string): Promise<void> {
  await env.store.fetch();
  await env.store.removeDeletedDrafts(new Date(0), env.isLive);
  await env.store.fetch();
  if (env.api.revision(name) !== undefined) await env.settle(name);
}

async function deleteDraft(env: StepEnv, name: string): Promise<void> {
  env.user.delete(name);
  await env.settle(name);
  expect(env.api.revision(name)).toBeUndefined();
  expect(env.commitOf(BRANCH)).toBeUndefined();
}

describe("a draft that was deleted, and whose object a restore of etcd brings back", () => {
  it("keeps the branch that it begins again", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    const backup = env.api.stored;
    await env.settle(name);
    env.edit(name, { f: "lost" });
    await env.settle(name);
    await deleteDraft(env, name);
    env.api.restore(backup);
    env.contents.forgetAll();
    await env.settle(name);
    const commit = env.commitOf(BRANCH);
    expect(commit).toBeDefined();
    expect(env.revision(name).status).toMatchObject({ lifecycle: "draft", commit });
    await sync(env, name);
    expect(env.commitOf(BRANCH)).toBe(commit);
    expect(env.revision(name).status?.waitingFor).toBeUndefined();
    expect(env.revision(name).status?.conditions).not.toContainEqual(
      expect.objectContaining({ type: "Stalled", status: "True" }),
    );
    // Deleted again, without an edit.
    env.user.delete(name);
    await env.settle(name);
    await sync(env, name);
    expect(env.api.revision(name)).toBeUndefined();
    expect(env.commitOf(BRANCH)).toBeUndefined();
  });

  it("takes the first commit that a user pushes again, as its condition asks for", async () => {
    const env = await StepEnv.open();
    const name = env.create("dns");
    await env.settle(name);
    const backup = env.api.stored;
    const commit = env.commitOf(BRANCH) ?? "";
    env.edit(name, { f: "lost" });
    await env.settle(name);
    await deleteDraft(env, name);
    env.api.restore(backup);
    env.contents.forgetAll();
    await env.settle(name);
    const missing = env.revision(name).status?.conditions?.find(({ reason }) => reason === "BranchMissing");
    expect(missing?.message).toContain(`push ${commit}`);
    env.remote.setRef(BRANCH, { oid: commit, commit });
    await env.store.fetch();
    await env.settle(name);
    await sync(env, name);
    expect(env.commitOf(BRANCH)).toBe(commit);
    expect(env.revision(name).status).toMatchObject({ lifecycle: "draft", commit });
    expect(env.revision(name).status?.conditions).not.toContainEqual(
      expect.objectContaining({ reason: "BranchMissing" }),
    );
  });
});
