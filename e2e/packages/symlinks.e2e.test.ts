import { describe, expect } from "vitest";
import { pushExternally } from "../testenv/external-push.ts";
import { testWithEnv } from "../testenv/fixtures.ts";

const it = testWithEnv("links");

const id = { repository: "links", realm: "edge", package: "web", workspace: "one" };

describe("symlinks in a package", () => {
  it("are shown to a reviewer with their targets; those out of the repository are not proposed", async ({
    env,
    packages,
  }) => {
    await env.git.createRepository("links");
    await pushExternally(env.git, "links", { files: { "edge/web/a.yaml": "a: 1\n" }, tags: ["edge/web/v1"] });
    await env.register("links");
    const draft = await packages.createDraft(id);
    const links = { in: "a.yaml", beside: "../db/b.yaml", out: "/etc/passwd", up: "../../../x", "by/way": "../out" };
    const files = Object.entries(links).map(([path, symlink]) => [path, { symlink }] as const);
    const hostile = { symlink: `\u001b[31m\n\u202e/${"x".repeat(300)}` };
    await packages.pushToDraft(draft, { ...Object.fromEntries(files), odd: hostile });
    await packages.setLifecycle(draft, "proposed");
    const refused = await env.waitForReason(draft, "LinkLeavesRepository");
    expect(refused.status).toMatchObject({ lifecycle: "draft", waitingFor: ["LinkLeavesRepository"] });
    const message = refused.status?.conditions?.find(({ type }) => type === "Ready")?.message;
    expect(message).toContain("by/way → ../out, out → /etc/passwd, up → ../../../x");
    const { status } = await env.contents(draft);
    expect(status?.filesNotShown?.map(({ path, target, leaves }) => [path, target, leaves])).toEqual([
      ["by/way", "../out", "Repository"],
      ["out", "/etc/passwd", "Repository"],
      ["up", "../../../x", "Repository"],
      ["beside", "../db/b.yaml", "Package"],
      ["in", "a.yaml", undefined],
      ["odd", expect.stringMatching(/^\\u\{1b\}\[31m\\u\{a\}\\u\{202e\}\/x+…$/), undefined],
    ]);
    // Only a push can remove a link, and it takes the request back.
    await packages.pushToDraft(draft, { out: null, up: null, by: null });
    await packages.publish(draft);
  });

  it("are not proposed if they are too many to be listed, and are listed else", async ({ env, packages }) => {
    await env.git.createRepository("many");
    await pushExternally(env.git, "many", { files: { "edge/web/a.yaml": "a: 1\n" }, tags: ["edge/web/v1"] });
    await env.register("many");
    const draft = await packages.createDraft({ ...id, repository: "many" });
    const push = async (from: number, to: number, entry: { symlink: string } | null) => {
      const paths = Array.from({ length: to - from }, (_, index) => `link-${from + index}`);
      await packages.pushToDraft(draft, Object.fromEntries(paths.map((path) => [path, entry])));
    };
    await push(0, 400, { symlink: "a.yaml" });
    await packages.setLifecycle(draft, "proposed");
    const refused = await env.waitForReason(draft, "FilesNotListed");
    expect(refused.status).toMatchObject({ lifecycle: "draft", waitingFor: ["FilesNotListed"] });
    await push(100, 400, null);
    await packages.propose(draft);
    const { status } = await env.contents(draft);
    expect(status?.filesNotShownCount).toBe(100);
    expect(status?.filesNotShown).toHaveLength(100);
    await packages.publish(draft);
  });

  it("out of the repository are not cloned", async ({ env, packages }) => {
    await env.git.createRepository("upstream");
    const link = { symlink: "../../../shared.yaml" };
    await pushExternally(env.git, "upstream", {
      files: { "a/b/lib/a.yaml": "a: 1\n", "a/b/lib/link": link },
      tags: ["a/b/lib/v1"],
    });
    await env.git.createRepository("downstream");
    await pushExternally(env.git, "downstream", { files: { "README.md": "empty\n" } });
    await env.register("upstream");
    await env.register("downstream");
    const spec = {
      tasks: [{ type: "clone" }],
      upstream: { repository: "upstream", realm: "a/b", package: "lib", revision: "v1" },
    };
    const name = await packages.create({ repository: "downstream", package: "lib", workspace: "one" }, { spec });
    const refused = await env.waitForReason(name, "LinkLeavesRepository");
    expect(refused.status?.conditions?.[0]?.message).toContain("link → ../../../shared.yaml");
    const branches = await env.git.git("downstream", "for-each-ref", "--format=%(refname)", "refs/heads/lib/");
    expect(branches).toBe("");
    // Deep enough, the same link stays in the repository.
    const deep = { repository: "downstream", realm: "x/y", package: "lib", workspace: "one" };
    await packages.createDraft(deep, undefined, { spec });
  });
});
