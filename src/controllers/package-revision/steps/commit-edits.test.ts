import { describe, expect, it } from "vitest";
import { ANNOTATION_EDITED_BY } from "../../../api/v1alpha1/well-known.ts";
import { ENFORCED, ENFORCED_WITHOUT_NAMES } from "../../../core/admission/policy-state.ts";
import { parseCommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { mergeEdits } from "../resources/merge-edits.ts";
import { StepEnv } from "../testing/step-env.ts";
import { commitEdits } from "./commit-edits.ts";

const BRANCH = "refs/heads/dns/one";

async function aDraft() {
  const env = await StepEnv.open();
  const name = await env.draft("dns", { f: "old" });
  /** Merges what the user has edited so far. */
  const prepare = async () => {
    const { scope, plan } = await env.plan(name, "syncDraft");
    const pages = await env.contents.read(scope.object);
    const merged = await mergeEdits(scope, plan.view, plan.draft, pages);
    if (merged.kind === "refused") throw new Error(JSON.stringify(merged));
    return { scope, view: plan.view, draft: plan.draft, pages, merged };
  };
  const commit = async (lifecycle: "draft" | "proposed" = "draft") => {
    const { scope, view, draft, pages, merged } = await prepare();
    return await commitEdits(scope, view, draft, pages, merged, { lifecycle });
  };
  return { env, name, prepare, commit };
}

describe("commitEdits", () => {
  it("returns undefined and leaves the branch alone if it has moved since the edits were merged", async () => {
    const { env, name, prepare } = await aDraft();
    env.edit(name, { f: "new" });
    const { scope, view, draft, pages, merged } = await prepare();
    const theirs = env.push(BRANCH, { "dns/g": "theirs" });
    await env.store.fetch();
    expect(await commitEdits(scope, view, draft, pages, merged, { lifecycle: "draft" })).toBeUndefined();
    expect(env.commitOf(BRANCH)).toBe(theirs);
  });

  it("makes no commit for the same contents and the same metadata", async () => {
    const { env, commit } = await aDraft();
    const before = env.writes().pushes;
    expect(await commit()).toMatchObject({ commit: env.commitOf(BRANCH) });
    expect(env.writes().pushes).toBe(before);
  });

  it("commits metadata that changed without an edit", async () => {
    const { env, name, commit } = await aDraft();
    env.user.label(name, "network");
    const before = env.commitOf(BRANCH);
    await commit();
    expect(env.commitOf(BRANCH)).not.toBe(before);
    expect(parseCommitMetadata(env.messageOf(BRANCH))?.metadata.labels).toEqual({ team: "network" });
    expect(env.messageOf(BRANCH)).toMatch(/^Update dns \(one\)\n/);
  });

  it("records that an edit has no known editor where names are not recorded, and repeats it", async () => {
    const { env, name, commit } = await aDraft();
    env.edit(name, { f: "named by admission" });
    await commit();
    expect(parseCommitMetadata(env.messageOf(BRANCH))?.editorsUnknown).toBeUndefined();
    env.policies = ENFORCED_WITHOUT_NAMES;
    env.edit(name, { f: "by whom" });
    await commit();
    expect(parseCommitMetadata(env.messageOf(BRANCH))?.editorsUnknown).toBe(true);
    await env.store.fetch();
    env.policies = ENFORCED;
    env.edit(name, { f: "named again" });
    await commit();
    expect(parseCommitMetadata(env.messageOf(BRANCH))?.editorsUnknown).toBe(true);
  });

  it("makes the same proposal only once if the operator ended before status recorded it", async () => {
    const { env, commit } = await aDraft();
    const first = await commit("proposed");
    const before = env.writes().pushes;
    expect(await commit("proposed")).toMatchObject({ commit: first?.commit, proposedAt: first?.proposedAt });
    expect(env.writes().pushes).toBe(before);
  });

  it("records a proposal that was interrupted while its contents were frozen as a draft", async () => {
    const { env, name, commit } = await aDraft();
    await commit("proposed");
    env.api.patchStatus("packagerevisionresourceses", name, { status: { frozen: true } });
    await commit("draft");
    expect(parseCommitMetadata(env.messageOf(BRANCH))?.lifecycle).toBe("draft");
  });

  it("makes no commit for contents that are frozen, and whose proposal was never committed", async () => {
    const { env, name, commit } = await aDraft();
    env.api.patchStatus("packagerevisionresourceses", name, { status: { frozen: true } });
    const before = env.writes().pushes;
    await commit();
    expect(env.writes().pushes).toBe(before);
  });

  it("takes the last editor for the author, and records the versions of the edited pages", async () => {
    const { env, name, prepare } = await aDraft();
    env.edit(name, { f: "new" });
    env.api.patch("packagerevisionresourceses", name, {
      metadata: { annotations: { [ANNOTATION_EDITED_BY]: "ann\nbea" } },
    });
    const edited = env.page(name).metadata;
    const { scope, view, draft, pages, merged } = await prepare();
    const authors: string[] = [];
    const store = env.storeWith({
      commit: async (revision, prepareCommit) =>
        await env.store.commit(revision, async (now) => {
          const prepared = await prepareCommit(now);
          if (prepared.kind === "write") authors.push(prepared.request.author.name);
          return prepared;
        }),
    });
    const committed = await commitEdits({ ...scope, store }, view, draft, pages, merged, { lifecycle: "draft" });
    expect(authors).toEqual(["bea"]);
    const { contents, digest } = parseCommitMetadata(env.messageOf(BRANCH)) ?? {};
    expect(contents).toBe(`${edited.uid}/${edited.generation}/${edited.resourceVersion}`);
    expect(committed?.digest).toBe(digest);
  });

  it("refuses metadata that no commit message should carry, before any push", async () => {
    const { env, name, commit } = await aDraft();
    env.api.patch("packagerevisions", name, { metadata: { annotations: { note: "x".repeat(300_000) } } });
    const before = env.writes();
    await expect(commit()).rejects.toMatchObject({ reason: "MetadataTooLarge" });
    expect(env.writes()).toEqual(before);
  });
});
