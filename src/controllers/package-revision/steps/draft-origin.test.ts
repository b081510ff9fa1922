import { describe, expect, it } from "vitest";
import { blobOid } from "../../../core/identity/hash.ts";
import { writeContext } from "../../../core/revision/package-context.ts";
import type { DraftOrigin } from "../../../core/revision/plan.ts";
import { GitError } from "../../../storage/git/errors.ts";
import { StepEnv } from "../testing/step-env.ts";
import { readFirstFiles } from "./draft-origin.ts";

const MAIN = "refs/heads/main";

/** The first files of a new draft, as planned from its spec. */
async function firstFilesOf(env: StepEnv, name: string) {
  const { scope, plan } = await env.plan(name, "createDraft");
  return { ...(await readFirstFiles(scope, plan.view, plan.origin)), origin: plan.origin };
}

describe("readFirstFiles", () => {
  it("gives a package without task no files", async () => {
    const env = await StepEnv.open();
    expect(await firstFilesOf(env, env.create("dns"))).toMatchObject({ origin: { kind: "empty" }, files: [] });
  });

  it("initializes a package, even one that has a revision", async () => {
    const env = await StepEnv.open();
    await env.published("dns", { f: "old" });
    const first = await firstFilesOf(env, env.create("dns", { tasks: [{ type: "init" }] }, "two"));
    const files = "tree" in first.files ? [] : first.files;
    expect(files.map((file) => [file.path, file.mode])).toContainEqual(["package-context.yaml", "100644"]);
    expect(files.map((file) => file.path)).not.toContain("f");
  });

  it("takes the tree of the latest revision as it is", async () => {
    const env = await StepEnv.open();
    const old = await env.published("dns", { f: "old" });
    const first = await firstFilesOf(env, env.create("dns", {}, "two"));
    const tree = env.remote.treeAt(env.revision(old).status?.commit ?? "", "dns");
    expect(first).toMatchObject({ files: { tree, nested: [] }, subject: "from v1" });
    expect(first).not.toHaveProperty("lock");
  });

  it("does not begin from a latest revision that is too large", async () => {
    const env = await StepEnv.open();
    await env.published("dns", { f: "old" });
    const { scope, plan } = await env.plan(env.create("dns", {}, "two"), "createDraft");
    const tooLarge = new GitError("ObjectTooLarge", "too large");
    const store = env.storeWith({ measure: () => Promise.reject(tooLarge) });
    await expect(readFirstFiles({ ...scope, store }, plan.view, plan.origin)).rejects.toBe(tooLarge);
  });

  it("copies the files of another package, and locks revision, commit and digest", async () => {
    const env = await StepEnv.open();
    const library = await env.published("lib", { f: "lib's", "sub/g": "too" });
    const { commit, contentDigest } = env.revision(library).status ?? {};
    const upstream = { repository: "blue", package: "lib" };
    const first = await firstFilesOf(env, env.create("dns", { tasks: [{ type: "clone" }], upstream }));
    const files = "tree" in first.files ? [] : first.files;
    expect(files.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)])).toEqual([
      ["f", "lib's"],
      ["sub/g", "too"],
    ]);
    expect(first.lock).toEqual({ ...upstream, revision: "v1", commit, digest: contentDigest });
    expect(first).not.toHaveProperty("mainCommit");
  });

  it("names the new package in the context that it copies, and nothing else", async () => {
    const env = await StepEnv.open();
    const context = new TextDecoder().decode(writeContext({ repository: "blue", package: "lib" }));
    const library = await env.published("lib", {
      "package-context.yaml": `# mine\n${context}`,
      "sub/package-context.yaml": context,
    });
    const upstream = { repository: "blue", package: "lib" };
    const first = await firstFilesOf(env, env.create("dns", { tasks: [{ type: "clone" }], upstream }));
    const files = "tree" in first.files ? [] : first.files;
    const own = new TextDecoder().decode(writeContext({ repository: "blue", package: "dns" }));
    expect(files.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)])).toEqual([
      ["package-context.yaml", `# mine\n${own}`],
      ["sub/package-context.yaml", context],
    ]);
    for (const { oid, bytes } of files) expect(oid).toBe(blobOid(bytes ?? new Uint8Array(), "sha1"));
    expect(first.lock?.digest).toBe(env.revision(library).status?.contentDigest);
  });

  it("takes the tree of the package's own folder on main, and records which commit of main that was", async () => {
    const env = await StepEnv.open();
    const main = env.push(MAIN, { "dns/f": "unreleased" });
    const upstream = { repository: "blue", package: "dns", revision: "main" };
    const first = await firstFilesOf(env, env.create("dns", { tasks: [{ type: "clone" }], upstream }));
    expect(first).toMatchObject({
      files: { tree: env.remote.treeAt(main, "dns") },
      lock: { revision: "main", commit: main },
      mainCommit: main,
    });
  });

  it("does not copy a link out of the repository, as seen from the new package's folder", async () => {
    const env = await StepEnv.open();
    await env.published("lib", { f: "lib's" });
    const upstream = { repository: "blue", package: "lib" };
    const { scope, plan } = await env.plan(env.create("dns", { tasks: [{ type: "clone" }], upstream }), "createDraft");
    const linkTo = (target: string) => {
      const link = {
        path: "link",
        mode: "120000",
        oid: "0".repeat(40),
        bytes: new TextEncoder().encode(target),
      } as const;
      const store = env.storeWith({ readForClone: async () => [link] });
      const dependencies = { ...scope.dependencies, registry: { get: () => ({ store }) } };
      return { ...scope, store, dependencies } as unknown as typeof scope;
    };
    await expect(readFirstFiles(linkTo("../../x"), plan.view, plan.origin)).rejects.toMatchObject({
      reason: "LinkLeavesRepository",
      retry: "never",
      message: expect.stringContaining("link → ../../x"),
    });
    expect(await readFirstFiles(linkTo("../x"), plan.view, plan.origin)).toMatchObject({ files: [{ path: "link" }] });
  });

  it("fails if the upstream's Repository was closed since it was observed", async () => {
    const env = await StepEnv.open();
    await env.published("lib", { f: "lib's" });
    const upstream = { repository: "blue", package: "lib" };
    const { scope, plan } = await env.plan(env.create("dns", { tasks: [{ type: "clone" }], upstream }), "createDraft");
    const dependencies = { ...scope.dependencies, registry: { get: () => undefined } };
    const origin: DraftOrigin = plan.origin;
    await expect(readFirstFiles({ ...scope, dependencies }, plan.view, origin)).rejects.toThrow("blue was closed");
  });
});
