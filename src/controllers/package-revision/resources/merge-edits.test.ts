import { describe, expect, it } from "vitest";
import { StepEnv } from "../testing/step-env.ts";
import { mergeEdits, mergeProposal } from "./merge-edits.ts";

const BRANCH = "refs/heads/dns/one";

async function draftWith(files: Readonly<Record<string, string>>) {
  const env = await StepEnv.open();
  const name = await env.draft("dns", files);
  const merge = async (merging: typeof mergeEdits = mergeEdits) => {
    const { scope, plan } = await env.plan(name, "syncDraft");
    const result = await merging(scope, plan.view, plan.draft, await env.contents.read(scope.object));
    if (result.kind === "refused") return result;
    const wanted = [...result.wanted].map(([path, bytes]) => [path, new TextDecoder().decode(bytes)] as const);
    return { kind: result.kind, rewrite: result.rewrite, wanted: Object.fromEntries(wanted) };
  };
  return { env, name, merge };
}

describe("mergeEdits", () => {
  it("takes the contents as they are while the branch is where they show it", async () => {
    const { env, name, merge } = await draftWith({ f: "old", g: "old" });
    env.edit(name, { f: "new", g: null });
    expect(await merge()).toEqual({ kind: "merged", wanted: { f: "new" }, rewrite: false });
  });

  it("removes a file that an external commit removed, and asks for a rewrite of the contents", async () => {
    const { env, merge } = await draftWith({ f: "old", g: "old" });
    env.push(BRANCH, { "dns/g": null });
    await env.store.fetch();
    expect(await merge()).toEqual({ kind: "merged", wanted: { f: "old" }, rewrite: true });
  });

  it("asks for no rewrite if the user made the external change too", async () => {
    const { env, name, merge } = await draftWith({ f: "old" });
    env.push(BRANCH, { "dns/f": "same" });
    env.edit(name, { f: "same" });
    await env.store.fetch();
    expect(await merge()).toEqual({ kind: "merged", wanted: { f: "same" }, rewrite: false });
  });

  it("takes the files of a page that is missing from Git, not as emptied by the user", async () => {
    const { env, name, merge } = await draftWith({ f: "old", g: "old" });
    env.edit(name, { g: null });
    env.api.patchStatus("packagerevisionresourceses", name, { status: { pages: 2 } });
    expect(await merge()).toEqual({ kind: "merged", wanted: { f: "old", g: "old" }, rewrite: true });
  });

  it("refuses paths that cannot be committed, and places inside packages below", async () => {
    const { env, name, merge } = await draftWith({ f: "old" });
    env.edit(name, { "../out": "escape" });
    expect(await merge()).toMatchObject({ kind: "refused", problems: [{ reason: "InvalidPath" }] });
    env.edit(name, { "../out": null, "sub/f": "in the other package" });
    const commit = env.push("refs/heads/main", { "dns/sub/f": "below" });
    env.remote.setRef("refs/tags/dns/sub/v1", { oid: commit, commit });
    await env.store.fetch();
    expect(await merge()).toMatchObject({ kind: "refused" });
  });

  it("refuses more files than can be read again, also where a push and an edit have them together", async () => {
    const { env, name, merge } = await draftWith({ f: "old" });
    const many = (folder: string, count: number, text: string | null) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${folder}/${at}`, text]));
    env.edit(name, many("mine", 20_000, ""));
    expect(await merge()).toMatchObject({ kind: "refused", problems: [{ reason: "TooManyFiles" }] });
    env.edit(name, many("mine", 10_000, null));
    expect(await merge()).toMatchObject({ kind: "merged" });
    env.push(BRANCH, many("dns/theirs", 10_000, ""));
    await env.store.fetch();
    expect(await merge()).toMatchObject({ kind: "refused", problems: [{ reason: "TooManyFiles" }] });
  });

  it("follows the branch if the commit that contents show was given up, unless they were edited since", async () => {
    const { env, name, merge } = await draftWith({ f: "old" });
    const lost = "e".repeat(40);
    const now = env.push(BRANCH, { "dns/f": "rewritten" });
    await env.store.fetch();
    env.api.patchStatus("packagerevisionresourceses", name, { status: { commit: lost } });
    env.user.confirmHistory(name, `${lost}..${now}`);
    expect(await merge()).toEqual({ kind: "merged", wanted: { f: "rewritten" }, rewrite: true });
    env.edit(name, { f: "mine" });
    expect(await merge()).toMatchObject({
      kind: "refused",
      problems: [{ reason: "ContentConflict", message: expect.stringContaining("f differ from commit") }],
    });
    env.edit(name, { f: "rewritten" });
    expect(await merge()).toEqual({ kind: "merged", wanted: { f: "rewritten" }, rewrite: false });
  });
});

describe("mergeProposal", () => {
  it("refuses a package without files", async () => {
    const { merge } = await draftWith({});
    expect(await merge(mergeProposal)).toMatchObject({ kind: "refused", problems: [{ reason: "EmptyPackage" }] });
  });

  it("accepts a package whose files are in Git only", async () => {
    const { env, name, merge } = await draftWith({ f: "old" });
    env.edit(name, { f: null });
    expect(await merge(mergeProposal)).toMatchObject({ kind: "merged", wanted: {} });
  });
});
