import { describe, expect, it } from "vitest";
import type { PackageFile } from "../../../core/files/package-file.ts";
import { commitEdits } from "../steps/commit-edits.ts";
import { StepEnv } from "../testing/step-env.ts";
import { mergeEdits } from "./merge-edits.ts";
import { applyUnacknowledgedCommits, changesOf, findUnacknowledgedCommits } from "./unacknowledged-commits.ts";

const BRANCH = "refs/heads/dns/one";

/** A draft with an edit that was pushed and not acknowledged: the operator ended between the two. */
async function interrupted() {
  const env = await StepEnv.open();
  const name = await env.draft("dns", { f: "first", g: "first" });
  const shown = env.commitOf(BRANCH) ?? "";
  env.edit(name, { f: "second" });
  const { scope, plan } = await env.plan(name, "syncDraft");
  const pages = await env.contents.read(scope.object);
  const merged = await mergeEdits(scope, plan.view, plan.draft, pages);
  if (merged.kind === "refused") throw new Error("refused");
  await commitEdits(scope, plan.view, plan.draft, pages, merged, { lifecycle: "draft" });
  const find = async (until = shown) => {
    const { scope: later, plan: now } = await env.plan(name, "syncDraft");
    return await findUnacknowledgedCommits(later, now.view, now.draft, { pages: [env.page(name)], until });
  };
  return { env, name, shown, find };
}

describe("findUnacknowledgedCommits", () => {
  it("finds the commit of an earlier version of a page that was edited since", async () => {
    const { env, name, find } = await interrupted();
    env.edit(name, { f: "third" });
    const [commit, ...others] = await find();
    expect(others).toEqual([]);
    expect([...(commit?.since ?? [])]).toEqual([env.commitOf(BRANCH)]);
    const texts = [...(commit?.changed ?? [])].map(([path, file]) => [path, new TextDecoder().decode(file?.bytes)]);
    expect(texts).toEqual([["f", "second"]]);
  });

  it("finds nothing if the page is still the version that the commit contains", async () => {
    const { find } = await interrupted();
    expect(await find()).toEqual([]);
  });

  it("finds nothing if the pages show a commit that is not in the branch's history", async () => {
    const { env, name, find } = await interrupted();
    env.edit(name, { f: "third" });
    expect(await find("e".repeat(40))).toEqual([]);
  });

  it("ignores trailers that were copied onto other files", async () => {
    const { env, name, shown, find } = await interrupted();
    const message = env.messageOf(BRANCH);
    env.remote.setRef(BRANCH, { oid: shown, commit: shown });
    env.push(BRANCH, { "dns/f": "forged" }, message);
    await env.store.fetch();
    env.edit(name, { f: "third" });
    expect(await find()).toEqual([]);
  });

  it("lets an edit after the interruption prevail over the own commit, without a conflict", async () => {
    const { env, name } = await interrupted();
    env.edit(name, { f: "third" });
    await env.settle(name);
    expect(env.revision(name).status?.conditions).toContainEqual(
      expect.objectContaining({ type: "Ready", status: "True" }),
    );
    expect(env.filesAt(BRANCH)).toEqual({ "dns/f": "third", "dns/g": "first" });
  });
});

describe("applyUnacknowledgedCommits", () => {
  const file = (path: string, oid: string): PackageFile => ({ path, mode: "100644", oid });
  const pathsOf = (files: readonly PackageFile[]) => files.map(({ path, oid }) => `${path} ${oid}`).sort();
  const commit = {
    changed: changesOf(
      [file("f", "1"), file("gone", "1"), file("same", "1")],
      [file("f", "2"), file("new", "2"), file("same", "1")],
    ),
    since: new Set(["c2"]),
  };

  it("adds, changes and removes the files that the commits changed", () => {
    const base = [file("f", "1"), file("gone", "1"), file("same", "0")];
    const files = applyUnacknowledgedCommits(base, [commit], () => "c1");
    expect(pathsOf(files)).toEqual(["f 2", "new 2", "same 0"]);
  });

  it("leaves a path alone that is shown at the commit or a later one", () => {
    const base = [file("f", "3"), file("gone", "3")];
    const files = applyUnacknowledgedCommits(base, [commit], (path) => (path === "new" ? "c1" : "c2"));
    expect(pathsOf(files)).toEqual(["f 3", "gone 3", "new 2"]);
  });
});
