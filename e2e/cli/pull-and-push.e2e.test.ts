import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { normalize } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { NO_OBJECT, pullDraft, testWithBlueprint } from "./pulled-drafts.ts";

const BINARY = Buffer.from([0, 1, 2, 255, 254]);

const it = testWithBlueprint("pull-and-push");

it("a folder that was pulled is validated as a package of its target", async ({ cli }) => {
  const { dir, name } = await pullDraft(cli);
  await writeFile(join(dir, "conf", "app.yaml"), "a: 2\n");
  const { code, stdout } = await cli.run(["validate", name]);
  expect([code, stdout]).toEqual([1, expect.stringContaining("no Kubernetes object (kind and metadata.name)")]);
});

describe("kubectl pkg pull and push", () => {
  it("send what changed, as one commit that names the user", async ({ cli, env }) => {
    const { name, short, branch, dir, write, stderr } = await pullDraft(cli);
    expect(stderr).toBe(`pulled 2 files of ${short} into ${name}\n`);
    expect((await readdir(dir)).sort()).toEqual([".kubectl-pkg.json", "README.md", "conf"]);
    await write({ "README.md": "mine\n", "conf/app.yaml": null, "bin/tool": BINARY, "conf/new.yaml": "n: 1\n" });
    const before = Number(await env.git.git("deployments", "rev-list", "--count", branch));
    const dry = await cli.run(["push", name, "--dry-run"]);
    expect(dry).toMatchObject({ code: 0, stderr: `4 files would be pushed to ${short}\n` });
    expect(Number(await env.git.git("deployments", "rev-list", "--count", branch))).toBe(before);
    const pushed = await cli.run(["push", name]);
    expect(pushed).toMatchObject({
      code: 0,
      stdout: ["M README.md", "A bin/tool", "D conf/app.yaml", "A conf/new.yaml", ""].join("\n"),
    });
    expect(normalize(pushed.stderr)).toBe(
      `pushed 4 files to ${short}, commit COMMIT\nwarning: FilesValid: NotAResource: conf/new.yaml:1:1: ${NO_OBJECT}\n`,
    );
    expect(Number(await env.git.git("deployments", "rev-list", "--count", branch))).toBe(before + 1);
    expect(await env.git.git("deployments", "log", "-1", "--format=%an", branch)).toContain("alice");
    expect(await cli("ls", name, "-o", "name")).toBe("README.md\nbin/tool\nconf/new.yaml\n");
    expect((await env.contents(`edge9.deployments.${name}.first`)).spec.binaryResources).toEqual({
      "bin/tool": BINARY.toString("base64"),
    });
    expect((await cli.run(["push", name])).stderr).toBe(`nothing to push: ${short} has these files\n`);
  });

  it("never overwrite a folder, and pull whole or not at all", async ({ cli }) => {
    const { name, dir, write } = await pullDraft(cli);
    await write({ "README.md": "mine\n" });
    const again = await cli.run(["pull", `edge9/${name}`, name]);
    expect(again).toMatchObject({ code: 4, stdout: "" });
    expect(again.stderr).toContain("is not empty: nothing in it is overwritten");
    expect(await readFile(join(dir, "README.md"), "utf8")).toBe("mine\n");
    await mkdir(join(cli.dir, "empty"));
    await cli("pull", name, "empty");
    expect(await readFile(join(cli.dir, "empty", "README.md"), "utf8")).toBe("blueprint\n");
    expect((await readdir(cli.dir)).filter((entry) => entry.startsWith(".empty"))).toEqual([]);
  });

  it("keep edits of other files by other users, which a pull brings", async ({ cli, packages }) => {
    const { name, short, object, dir, write } = await pullDraft(cli);
    await packages.save(object, { "README.md": "theirs\n", "new.yaml": "n: 1\n" }, "carol");
    await write({ "conf/app.yaml": "a: 2\n" });
    const pushed = await cli.run(["push", name]);
    expect(pushed).toMatchObject({ code: 0, stdout: "M conf/app.yaml\n" });
    expect(pushed.stderr).toContain(
      `2 files changed there since the pull, not yet in ${name}:\nM README.md\nA new.yaml\n`,
    );
    expect(await cli("cat", name, "README.md", "conf/app.yaml")).toBe("theirs\na: 2\n");
    expect(await readFile(join(dir, "README.md"), "utf8")).toBe("blueprint\n");
    const pulled = await cli.run(["pull", name]);
    expect(pulled).toEqual({
      code: 0,
      stdout: "M README.md\nA new.yaml\n",
      stderr: `${name} is up to date with ${short}\n`,
    });
    expect(await readFile(join(dir, "README.md"), "utf8")).toBe("theirs\n");
    await write({ "README.md": "ours\n" });
    expect(await cli("push", name)).toBe("M README.md\n");
  });

  it("show both versions of a file that both changed, and overwrite neither", async ({ cli, env }) => {
    const { name, short, object, dir, write } = await pullDraft(cli);
    const editor = "write() { echo theirs > $1; }; write";
    const edit = ["edit", object, "README.md"];
    expect(await cli.run(edit, { as: "carol", env: { EDITOR: editor } })).toMatchObject({ code: 0 });
    await write({ "README.md": "ours\n", "conf/app.yaml": "a: 3\n" });
    const conflict = await cli.run(["push", name]);
    expect(conflict.code).toBe(5);
    expect(conflict.stdout).toBe(
      [`--- ${short}/README.md`, `+++ ${name}/README.md`, "@@ -1 +1 @@", "-theirs", "+ours", ""].join("\n"),
    );
    expect(conflict.stderr).toContain(
      `error: ${short} has other changes of the same files since it was pulled: README.md (last edited by carol)\n`,
    );
    // Not even the file without a conflict was sent: the user decides first.
    expect((await env.contents(object)).spec.resources).toMatchObject({
      "README.md": "theirs\n",
      "conf/app.yaml": "a: 1\n",
    });
    expect(await readFile(join(dir, "README.md"), "utf8")).toBe("ours\n");
    expect(await cli("push", name, "--ours", "README.md")).toBe("M README.md\nM conf/app.yaml\n");
    expect(await cli("cat", name, "README.md")).toBe("ours\n");
  });

  it("continue after a push that ended before it had noted what it sent", async ({ cli, packages }) => {
    const { name, short, object, dir, write } = await pullDraft(cli);
    const state = join(dir, ".kubectl-pkg.json");
    const before = await readFile(state);
    await write({ "README.md": "mine\n" });
    await cli("push", name);
    await writeFile(state, before);
    expect((await cli.run(["push", name])).stderr).toBe(`nothing to push: ${short} has these files\n`);
    await packages.save(object, { "README.md": "theirs\n" }, "carol");
    expect(await cli("pull", name)).toBe("M README.md\n");
  });

  it("choose only a version that was shown", async ({ cli, packages }) => {
    const { name, object, dir, write } = await pullDraft(cli);
    await write({ "README.md": "ours\n" });
    const early = await cli.run(["push", name, "--ours", "README.md"]);
    expect(early).toMatchObject({ code: 2, stderr: 'error: "README.md" has no conflict that was shown\n' });
    await packages.save(object, { "README.md": "theirs 1\n" }, "carol");
    expect((await cli.run(["pull", name])).code).toBe(5);
    await packages.save(object, { "README.md": "theirs 2\n" }, "carol");
    const late = await cli.run(["push", name, "--ours", "README.md"]);
    expect(late.code).toBe(5);
    expect(late.stdout).toContain("-theirs 2\n+ours\n");
    expect(await cli("cat", name, "README.md")).toBe("theirs 2\n");
    expect((await cli.run(["pull", name, "--theirs", "README.md"])).code).toBe(0);
    expect(await readFile(join(dir, "README.md"), "utf8")).toBe("theirs 2\n");
    expect((await cli.run(["push", name])).stderr).toContain("nothing to push");
  });

  it("leave modes in Git as they are", async ({ cli, env }) => {
    await pushExternally(env.git, "catalog", {
      files: { "tools/run/run.sh": { executable: "#!/bin/sh\n" }, "tools/run/a.yaml": "a: 1\n" },
      tags: ["tools/run/v1"],
    });
    await env.sync("catalog");
    await cli("clone", "catalog/tools/run", "edge9/run", "--workspace", "first");
    await cli("pull", "edge9/run", "run");
    const file = join(cli.dir, "run", "run.sh");
    await writeFile(file, "#!/bin/sh\nexit 0\n");
    await chmod(file, 0o644);
    await cli("push", "run");
    const tree = await env.git.git("deployments", "ls-tree", "edge9/run/first:edge9/run");
    expect(tree).toMatch(/^100755 blob .*\trun\.sh$/m);
  });

  it("refuse links, names that no package can have, folders that were not pulled, and proposals", async ({ cli }) => {
    const { name, dir, short } = await pullDraft(cli);
    await symlink("/etc/passwd", join(dir, "passwd"));
    await writeFile(join(dir, "a\\b"), "x");
    const refused = await cli.run(["push", name]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain("passwd is a link, or no file\n");
    expect(refused.stderr).toContain("a\\b has a backslash in it\n");
    await rm(join(dir, "passwd"));
    await rm(join(dir, "a\\b"));
    expect(await cli.run(["push", "conf"], { cwd: dir })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is no folder that a package was pulled into"),
    });
    await writeFile(join(dir, "README.md"), "late\n");
    await cli("propose", short, "--wait");
    expect(await cli.run(["push", name])).toMatchObject({
      code: 4,
      stderr: `error: ${short} is proposed, and not draft\nto make it a draft again: kubectl pkg withdraw ${short}\n`,
    });
  });

  it("notice that the package revision was deleted, and created again", async ({ cli }) => {
    const { name, short, write } = await pullDraft(cli);
    await write({ "README.md": "mine\n" });
    await cli("delete", short, "--yes");
    expect(await cli.run(["push", name])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("was deleted since"),
    });
    await cli("clone", "catalog/web/storefront", `edge9/${name}`, "--workspace", "first");
    expect(await cli.run(["push", name])).toMatchObject({ code: 5, stderr: expect.stringContaining("created again") });
  });
});
