import { describe, expect, it, vi } from "vitest";
import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import { pageName } from "../../../core/identity/names.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { StepEnv } from "../testing/step-env.ts";
import { readEditBase } from "./edit-base.ts";

const BRANCH = "refs/heads/dns/one";

/** A draft at `first`, whose branch has moved to `second`. */
async function movedDraft() {
  const env = await StepEnv.open();
  const name = await env.draft("dns", { f: "first", g: "first" });
  const first = env.commitOf(BRANCH) ?? "";
  const second = env.push(BRANCH, { "dns/f": "second", "dns/g": "second", "dns/new": "second" });
  await env.store.fetch();
  const pageAt = (number: number, commit?: Oid): PackageRevisionResources => {
    const { metadata, status, ...page } = env.page(name);
    const { commit: _, ...rest } = status ?? {};
    return {
      ...page,
      metadata: { ...metadata, name: pageName(name, number) },
      status: { ...rest, ...(commit !== undefined && { commit }) },
    };
  };
  const base = async (pages: readonly PackageRevisionResources[], placed: Readonly<Record<string, number>>) => {
    const { scope, plan } = await env.plan(name, "syncDraft");
    const pageFiles = { placed: new Map(Object.entries(placed)), files: new Map() };
    const inGit = await scope.store.readTree(plan.view, plan.draft.tree);
    const result = await readEditBase(scope, plan.view, plan.draft, pages, pageFiles, inGit.files);
    if (result.kind !== "files") return result.kind;
    const texts = result.files.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)] as const);
    return Object.fromEntries(texts);
  };
  return { env, name, first, second, pageAt, base };
}

describe("readEditBase", () => {
  it("is the branch itself if page 1 shows its head", async () => {
    const { first, second, pageAt, base } = await movedDraft();
    expect(await base([pageAt(1, second), pageAt(2, first)], { f: 1 })).toBe("current");
  });

  it("is the commit that all pages show, though the revision's status has another", async () => {
    const { env, name, first, second, pageAt, base } = await movedDraft();
    env.api.patchStatus("packagerevisions", name, { status: { commit: second } });
    expect(await base([pageAt(1, first)], { f: 1, g: 1 })).toEqual({ f: "first", g: "first" });
  });

  it("is the revision's commit for a page that names none", async () => {
    const { pageAt, base } = await movedDraft();
    expect(await base([pageAt(1)], { f: 1, g: 1 })).toEqual({ f: "first", g: "first" });
  });

  it("takes each file at the commit of its page after an interruption between two pages", async () => {
    const { first, second, pageAt, base } = await movedDraft();
    // A file on no page is taken as it was before, so that the external change of it is not undone.
    expect(await base([pageAt(1, first), pageAt(2, second)], { f: 1, g: 2 })).toEqual({ f: "first", g: "second" });
  });

  it("has one package in memory at a time, however many commits the pages show", async () => {
    const { env, first, second, pageAt, base } = await movedDraft();
    const { store } = env;
    const [read, reading] = [store.readCommit.bind(store), { now: 0, most: 0 }];
    vi.spyOn(store, "readCommit").mockImplementation(async (...parameters) => {
      reading.most = Math.max(reading.most, ++reading.now);
      return await read(...parameters).finally(() => reading.now--);
    });
    await base([pageAt(1, first), pageAt(2, second)], { f: 1, g: 2 });
    expect(reading).toEqual({ now: 0, most: 1 });
  });

  it("is lost if neither a page nor the revision's status names a commit", async () => {
    const { env, name, pageAt, base } = await movedDraft();
    env.api.patchStatus("packagerevisions", name, { status: { commit: null } });
    expect(await base([pageAt(1)], { f: 1 })).toBe("lost");
  });

  it("is lost if a page shows a commit that is in the store no more", async () => {
    const { first, pageAt, base } = await movedDraft();
    expect(await base([pageAt(1, first), pageAt(2, "e".repeat(40))], { f: 1, g: 2 })).toBe("lost");
  });
});
