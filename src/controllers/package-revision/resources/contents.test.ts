import { describe, expect, it } from "vitest";
import { pageName } from "../../../core/identity/names.ts";
import { filesOf, pagesWith, STATUS } from "../testing/contents-pages.ts";
import { Contents, UNACKNOWLEDGED } from "./contents.ts";

const keysOf = (spec: { readonly resources?: object }) => Object.keys(spec.resources ?? {});

const changesOf = (summary: string) => {
  const counts = { riskCount: 0, resourceCount: 0, fileCount: 1, unreadCount: 0, undiffedCount: 1 };
  return { summary, risks: [], resources: [], files: [], ...counts };
};

describe("Contents", () => {
  it("creates all pages, and reads them back in order with their number in status", async () => {
    const { env, name, owner } = await pagesWith("a", "b", "c");
    const pages = await env.contents.read(owner);
    expect(pages.map((page) => [page.metadata.name, keysOf(page.spec), page.status?.pages])).toEqual([
      [name, ["f1"], 3],
      [pageName(name, 2), ["f2"], 3],
      [pageName(name, 3), ["f3"], 3],
    ]);
    expect(env.contents.hasAllPages(owner)).toBe(true);
  });

  it("has not all pages without page 1, with a gap, or after a loss; and none without any", async () => {
    const { env, name, owner } = await pagesWith("a", "b", "c");
    env.api.delete("packagerevisionresourceses", pageName(name, 2));
    expect(env.contents.hasAllPages(owner)).toBe(false);
    env.api.delete("packagerevisionresourceses", pageName(name, 3));
    expect(env.contents.hasAllPages(owner)).toBe(true);
    env.contents.forget("uid", [`default/${name}`]);
    expect(env.contents.hasAllPages(owner)).toBe(false);
    env.api.delete("packagerevisionresourceses", name);
    expect(env.contents.hasAnyPage(owner)).toBe(false);
  });

  it("reads a page that the cache does not list yet, as page 1's status counts it", async () => {
    const { env, owner } = await pagesWith("a", "b");
    const onlyFirst = { byIndex: () => [env.page(owner.metadata.name)] };
    const stale = new Contents({ ...env.dependencies, contents: onlyFirst });
    expect((await stale.read(owner)).map((page) => keysOf(page.spec))).toEqual([["f1"], ["f2"]]);
  });

  it("restores an owner reference that a user's replace left out, and adopts no foreign controller", async () => {
    const { env, name, owner } = await pagesWith("a");
    const other = { apiVersion: "v1", kind: "Other", name: "o", uid: "o", controller: true };
    env.api.patch("packagerevisionresourceses", name, { metadata: { ownerReferences: [other] } });
    await env.contents.read(owner);
    const references = env.page(name).metadata.ownerReferences ?? [];
    expect(references.map((one) => [one.uid, one.controller])).toEqual([
      ["o", false],
      [owner.metadata.uid, true],
    ]);
  });

  it("is settled until a page is edited, refused or frozen", async () => {
    const { env, name, owner } = await pagesWith("a", "b");
    expect(env.contents.isSettled(owner, false)).toBe(true);
    expect(env.contents.isSettled(owner, true)).toBe(false);
    env.edit(pageName(name, 2), { f2: "edited" });
    expect(env.contents.isSettled(owner, false)).toBe(false);
    const pages = await env.contents.read(owner);
    await env.contents.updatePageStatus(owner, pages, { frozen: false, error: "refused" });
    expect(env.contents.isSettled(owner, false)).toBe(false);
    const refused = await env.contents.read(owner);
    await env.contents.updatePageStatus(owner, refused, { frozen: false, error: undefined });
    expect(env.contents.isSettled(owner, false)).toBe(true);
    env.contents.forgetAll();
    expect(env.contents.isSettled(owner, false)).toBe(false);
  });

  it("writes no status of a further page for a new commit alone, since page 1 speaks for all", async () => {
    const { env, name, owner } = await pagesWith("a", "b");
    const pages = await env.contents.read(owner);
    const before = env.writes().api;
    await env.contents.updatePageStatus(owner, pages, { frozen: false, commit: "c2" });
    expect(env.writes().api).toBe(before + 1);
    expect(env.page(name).status?.commit).toBe("c2");
    expect(env.page(pageName(name, 2)).status?.commit).toBe("c1");
  });

  it("writes what a draft changes with other results alone, and for a proposal", async () => {
    const { env, name, owner } = await pagesWith("a");
    const results = { results: [], resultsCount: 0 };
    const before = env.writes().api;
    await env.contents.updateResults(owner, { ...results, changes: changesOf("1 file") });
    env.contents.forgetAll();
    await env.contents.updateResults(owner, { ...results, changes: changesOf("1 file") });
    expect(env.writes().api).toBe(before);
    const [warning] = [{ severity: "warning", source: "schema", message: "no" }] as const;
    await env.contents.updateResults(owner, { results: [warning], resultsCount: 1, changes: changesOf("1 file") });
    expect(env.page(name).status?.changes?.summary).toBe("1 file");
    const pages = await env.contents.read(owner);
    await env.contents.updatePageStatus(owner, pages, { frozen: false, commit: "c2" });
    expect(env.page(name).status?.changes).toBeUndefined();
    await env.contents.updatePageStatus(owner, await env.contents.read(owner), { frozen: true });
    await env.contents.updateResults(owner, { ...results, changes: changesOf("2 files") });
    expect(env.page(name).status?.changes?.summary).toBe("2 files");
    const written = env.writes().api;
    await env.contents.updateResults(owner, { ...results, changes: changesOf("2 files") });
    expect(env.writes().api).toBe(written);
  });

  it("acknowledges no generation if told so", async () => {
    const { env, name, owner } = await pagesWith("a");
    env.edit(name, { f1: "edited" });
    const pages = await env.contents.read(owner);
    await env.contents.updatePageStatus(owner, pages, { frozen: true }, UNACKNOWLEDGED);
    expect(env.page(name).status).toMatchObject({ observedGeneration: 1, frozen: true });
    await env.contents.updatePageStatus(owner, pages, { frozen: true });
    expect(env.page(name).status).toMatchObject({ observedGeneration: 2 });
  });

  it("replaces files on their pages, and creates a page for those that do not fit", async () => {
    const { env, name, owner } = await pagesWith("a", "b");
    const pages = await env.contents.read(owner);
    await env.contents.replaceFiles(owner, pages, filesOf("new", "b", "c"), { ...STATUS, commit: "c2" });
    const found = await env.contents.read(owner);
    expect(found.map((page) => keysOf(page.spec))).toEqual([["f1"], ["f2"], ["f3"]]);
    expect(found[0]?.spec.resources?.f1?.startsWith("new")).toBe(true);
    expect(found[1]?.metadata.generation).toBe(1);
    expect(env.page(name).status).toMatchObject({ commit: "c2", pages: 3, observedGeneration: 2 });
  });

  it("keeps a page whose last file went, so that the numbers have no gap", async () => {
    const { env, owner } = await pagesWith("a", "b", "c");
    const pages = await env.contents.read(owner);
    const files = filesOf("a", "b", "c").filter((file) => file.path !== "f2");
    await env.contents.replaceFiles(owner, pages, files, STATUS);
    expect((await env.contents.read(owner)).map((page) => keysOf(page.spec))).toEqual([["f1"], [], ["f3"]]);
  });

  it("fails with Conflict instead of overwriting a page that was edited since it was read", async () => {
    const { env, name, owner } = await pagesWith("a");
    const pages = await env.contents.read(owner);
    env.edit(name, { f1: "edited" });
    const replaced = env.contents.replaceFiles(owner, pages, filesOf("new"), STATUS);
    await expect(replaced).rejects.toMatchObject({ reason: "Conflict" });
    expect(env.page(name).spec.resources).toEqual({ f1: "edited" });
  });

  it("replaces a page that a deleted owner of the same name left", async () => {
    const { env, name } = await pagesWith("a");
    const left = env.page(name).metadata.uid;
    env.api.patch("packagerevisions", name, { metadata: { finalizers: null } });
    env.api.delete("packagerevisions", name);
    env.create("dns");
    await env.contents.create(env.revision(name), filesOf("a"), STATUS);
    expect(env.page(name).metadata.uid).not.toBe(left);
    expect(env.page(name).metadata.ownerReferences?.[0]?.uid).toBe(env.revision(name).metadata.uid);
  });

  it("keeps a page of an interrupted creation that has the same files", async () => {
    const { env, name, owner } = await pagesWith("a");
    const { uid } = env.page(name).metadata;
    await env.contents.create(owner, filesOf("a"), STATUS);
    expect(env.page(name).metadata.uid).toBe(uid);
    await env.contents.create(owner, filesOf("other"), STATUS);
    expect(env.page(name).metadata.uid).not.toBe(uid);
  });

  it("deletes all pages, page 1 last: while it exists, the others are looked for", async () => {
    const { env, owner } = await pagesWith("a", "b", "c");
    const order: string[] = [];
    const remove = env.api.delete.bind(env.api);
    env.api.delete = (plural, name, uid) => {
      order.push(name);
      remove(plural, name, uid);
    };
    await env.contents.remove(owner);
    const { name } = owner.metadata;
    expect(order).toEqual([pageName(name, 3), pageName(name, 2), name]);
    expect(env.contents.hasAnyPage(owner)).toBe(false);
  });

  it("reports problems in files on page 1 once", async () => {
    const { env, name, owner } = await pagesWith("a");
    const problems = [{ path: "f1", line: 1, column: 1, message: "not YAML" }];
    await env.contents.updateFileProblems(owner, { problems, count: 1 });
    expect(env.page(name).status).toMatchObject({ fileProblemsCount: 1, fileProblems: problems });
    const before = env.writes();
    await env.contents.updateFileProblems(owner, { problems, count: 1 });
    expect(env.writes()).toEqual(before);
    await env.contents.updateFileProblems(owner, { problems: [], count: 0 });
    expect(env.page(name).status).not.toHaveProperty("fileProblems");
  });
});
