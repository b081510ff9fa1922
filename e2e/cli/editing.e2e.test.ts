import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { type Cli, normalize, testWithCli } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";

const BLUEPRINT = { "README.md": "blueprint\n", "conf/app.yaml": "a: 1\n" };
const NO_OBJECT = "no Kubernetes object (kind and metadata.name): nothing of the target can be built";
const BINARY = Buffer.from([0, 1, 2, 255, 254]);

const it = testWithCli("editing");

it.beforeAll(async ({ env, cli }) => {
  await env.git.createRepository("catalog");
  const files = Object.fromEntries(Object.entries(BLUEPRINT).map(([path, text]) => [`web/storefront/${path}`, text]));
  await pushExternally(env.git, "catalog", { files, tags: ["web/storefront/v1"] });
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  await cli("init", "web/backend", "--repo", "catalog", "--workspace", "first");
});

let created = 0;

/** A draft of a package of its own with the blueprint's files, pulled into a folder. */
async function pullDraft(cli: Cli) {
  const name = `p${++created}`;
  await cli("clone", "catalog/web/storefront", `edge9/${name}`, "--workspace", "first");
  const { stderr } = await cli.run(["pull", name]);
  const dir = join(cli.dir, name);
  const write = async (files: Readonly<Record<string, string | Uint8Array | null>>) => {
    for (const [path, bytes] of Object.entries(files)) {
      await mkdir(join(dir, path, ".."), { recursive: true });
      if (bytes === null) await rm(join(dir, path));
      else await writeFile(join(dir, path), bytes);
    }
  };
  const short = `edge9/${name}@first`;
  return { name, short, object: `edge9.deployments.${name}.first`, branch: `edge9/${name}/first`, dir, write, stderr };
}

it("a folder that was pulled is validated as a package of its target", async ({ cli }) => {
  const { dir, name } = await pullDraft(cli);
  await writeFile(join(dir, "conf", "app.yaml"), "a: 2\n");
  const { code, stdout } = await cli.run(["validate", name]);
  expect([code, stdout]).toEqual([1, expect.stringContaining("no Kubernetes object (kind and metadata.name)")]);
});

describe("kubectl pkg init, clone and draft", () => {
  it("begin packages, and print their names", async ({ cli, env }) => {
    expect(await cli("ls", "backend", "-o", "name")).toBe("README.md\npackage-context.yaml\n");
    expect(await cli("clone", "catalog/web/storefront", "edge1")).toBe("edge1/web/storefront@draft-1\n");
    const clone = await env.revision("edge1.deployments.web.storefront.draft-1");
    expect(clone.spec).toMatchObject({
      tasks: [{ type: "clone" }],
      upstream: { repository: "catalog", realm: "web", package: "storefront", revision: "v1" },
    });
    expect(await cli("cat", "edge1/web/storefront", "conf/app.yaml")).toBe("a: 1\n");
    expect(await cli.run(["clone", "catalog/web/storefront", "edge1"])).toEqual({
      code: 0,
      stdout: "edge1/web/storefront@draft-2\n",
      stderr:
        "edge1/web/storefront@draft-1, of the same package, is a draft, too: once one is published, the others are " +
        "outdated\n",
    });
    expect(await cli("tree", "catalog/web/storefront")).toMatch(
      /^catalog\/web\/storefront {2}v1\n[├└]─ edge1\/web\/storefront {2}draft draft-1, draft draft-2 {2}\(from v1\)\n/,
    );
  });

  it("draft begins the next revision from the latest one", async ({ cli, packages }) => {
    const id = { target: "edge2", repository: "deployments", package: "net", workspace: "first" };
    await packages.createPublished(id, { "a.yaml": "a: 1\n" });
    expect(await cli("draft", "net")).toBe("edge2/net@draft-1\n");
    expect(await cli("cat", "net", "a.yaml")).toBe("a: 1\n");
  });

  it("name the open drafts and proposals of the package, of any workspace", async ({ cli }) => {
    const init = async (...args: readonly string[]) =>
      await cli.run(["init", "edge5/open", "--repo", "deployments", ...args]);
    expect(await init("--workspace", "one")).toMatchObject({ code: 0, stderr: "" });
    await cli("propose", "edge5/open@one", "--wait");
    const outdated = "once one is published, the others are outdated";
    expect(await init("--workspace", "two")).toMatchObject({
      code: 0,
      stderr: `edge5/open@one, of the same package, is proposed, too: ${outdated}\n`,
    });
    expect(await init("--workspace", "one")).toEqual({
      code: 5,
      stdout: "",
      stderr:
        "error: edge5/open@one exists already\nto see it: kubectl pkg show edge5/open@one\n" +
        "to begin another one: --workspace NAME\n",
    });
  });

  it("init begins packages that can be rendered", async ({ cli, env }) => {
    expect(await cli("init", "edge3/blocks", "--repo", "deployments", "--kform")).toBe("edge3/blocks@draft-1\n");
    expect(await cli("init", "web/pipeline", "--repo", "catalog", "--kpt")).toBe("catalog/web/pipeline@draft-1\n");
    expect(await cli("ls", "pipeline", "-o", "name")).toBe(
      "Kptfile\nREADME.md\napp.yaml\npackage-context.yaml\nsetters.yaml\n",
    );
    const rendered = await waitUntil("the draft is rendered", async () => {
      const names = await cli("ls", "edge3/blocks", "-o", "name");
      return names.includes("out/") ? names : undefined;
    });
    expect(rendered).toBe("README.md\napp.yaml\nout/v1.ConfigMap..blocks-staging.yaml\npackage-context.yaml\n");
    expect(await env.git.git("deployments", "log", "--format=%an %s", "edge3/blocks/draft-1")).toMatch(
      /^pkgserver Render .+\nalice Edit edge3\/blocks .+\n/,
    );
    await cli("propose", "edge3/blocks", "--wait");
    expect(await cli.run(["init", "edge3/both", "--kform", "--kpt"])).toMatchObject({ code: 2 });
  });

  it("propose says that a package that cannot be rendered is proposed once it is corrected", async ({ cli }) => {
    await cli("init", "edge3/broken", "--repo", "deployments", "--kpt");
    await cli("pull", "edge3/broken", "broken");
    const kptfile = join(cli.dir, "broken", "Kptfile");
    const text = await readFile(kptfile, "utf8");
    await writeFile(kptfile, text.replace("apply-setters", "aply-setters"));
    await cli("push", "broken");
    expect(await cli.run(["propose", "edge3/broken", "--wait"])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(
        /RenderFailed: .*\nto see it: .*\ncorrected, it is proposed; to take the request back: kubectl pkg withdraw edge3\/broken@draft-1\n$/,
      ),
    });
    await writeFile(kptfile, text);
    await cli("push", "broken");
    await cli("wait", "edge3/broken", "--for", "proposed");
  });

  it("a folder is rendered as the operator renders the draft, and with other inputs", async ({ cli }) => {
    await cli("init", "edge4/blocks", "--repo", "deployments", "--kform");
    const object = (environment: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  environment: ${environment}\n`;
    await writeFile(join(cli.dir, "values.yaml"), object("production"));
    await cli("set", "edge4/blocks", "--input", "values.yaml");
    const [path, other] = ["production", "test"].map((one) => `out/v1.ConfigMap..blocks-${one}.yaml`) as [
      string,
      string,
    ];
    await waitUntil("the draft is rendered with its input", async () => {
      const { stdout } = await cli.run(["cat", "edge4/blocks", path]);
      return stdout.includes("environment: production") ? stdout : undefined;
    });
    await cli("pull", "edge4/blocks", "rendered");
    const check = await cli.run(["render", "rendered", "--inputs", "values.yaml", "--check"]);
    expect(check).toMatchObject({ code: 0, stderr: expect.stringContaining("rendered 2 kform blocks") as string });
    const test = await cli.run(["render", "rendered", "--inputs", "-"], { input: object("test") });
    expect(test).toMatchObject({ code: 0, stdout: `D ${path}\nA ${other}\n` });
    expect(await readFile(join(cli.dir, "rendered", other), "utf8")).toContain("environment: test\n");
    await cli("init", "web/template", "--repo", "catalog", "--kform");
    await cli("pull", "catalog/web/template", "template");
    const blueprint = await cli.run(["render", "template"]);
    expect(blueprint).toMatchObject({ code: 0, stdout: "" });
    expect(blueprint.stderr).toContain("kform blocks of a blueprint are checked, and rendered in clones");
    expect(await cli("render", "template", "--dry-run")).toContain("+  environment: staging\n");
    const missing = await cli.run(["render", "rendered", "--inputs", "nothing.yaml"]);
    expect(missing).toMatchObject({ code: 3, stdout: "" });
  });

  it("init says how to remove a draft that cannot begin", async ({ cli }) => {
    const { code, stderr } = await cli.run(["init", "Edge1/x", "--repo", "deployments"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/is not draft: InvalidName: .+\n(?:.+\n)*to remove it: .* delete Edge1\/x@draft-1\n$/);
    expect(await cli.run(["delete", "Edge1/x@draft-1", "--yes"])).toMatchObject({ code: 0 });
  });

  it.for([
    [["init", "backend", "--repo", "deployments"], 2, '"backend" is no package of deployments'],
    [["init", "web/backend"], 2, "several Repositories could have it: catalog, deployments"],
    [["init", "web/backend", "--repo", "catalogue"], 3, "did you mean catalog?"],
    [["init", "web/backend", "--repo", "catalog", "--workspace", "first"], 5, "exists already"],
    [["draft", "backend"], 3, 'there is no package revision "backend@latest"'],
    [["clone", "backend", "edge1"], 4, "catalog/web/backend@first is draft, and not published"],
    [["init", "edge1/x", "--repo", "deployments", "--timeout", "soon"], 2, '--timeout "soon" is no time'],
  ] as const)("%j ends with %i: %s", async ([args, code, message], { cli }) => {
    const result = await cli.run(args);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ code, stdout: "" });
  });
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

describe("kubectl pkg edit", () => {
  it("opens $EDITOR, and pushes what it changed", async ({ cli }) => {
    const { name, short } = await pullDraft(cli);
    const edited = await cli.run(["edit", name, "conf/app.yaml"], { env: { EDITOR: "sed -i s/1/7/" } });
    const warning = `warning: FilesValid: NotAResource: conf/app.yaml:1:1: ${NO_OBJECT}\n`;
    expect(edited).toEqual({ code: 0, stdout: "M conf/app.yaml\n", stderr: `saved in ${short}\n${warning}` });
    expect(await cli("cat", name, "conf/app.yaml")).toBe("a: 7\n");
    expect((await cli.run(["edit", name, "README.md"], { env: { EDITOR: "true" } })).stderr).toBe(
      "nothing was changed\n",
    );
  });

  it("keeps the files if the editor fails", async ({ cli }) => {
    const { name } = await pullDraft(cli);
    const editor = "f() { echo lost > $1; exit 3; }; f";
    const { code, stderr } = await cli.run(["edit", name, "README.md"], { env: { EDITOR: editor } });
    expect(code).toBe(1);
    expect(stderr).toContain("the editor ended with 3: nothing was pushed");
    const kept = /your files are kept in (\S+)/.exec(stderr)?.[1] ?? "";
    expect((await stat(join(kept, "README.md"))).isFile()).toBe(true);
    expect(await readFile(join(kept, "README.md"), "utf8")).toBe("lost\n");
    await rm(join(kept, ".."), { recursive: true });
  });
});

describe("kubectl pkg push and edit", () => {
  it("wait until the files are checked, and tell what was found", async ({ cli, env }) => {
    const { name, short, object, write } = await pullDraft(cli);
    await write({ "conf/app.yaml": "a: [\n", "deploy.yaml": "apiVersion: v1\nkind: ConfigMap\n" });
    const pushed = await cli.run(["push", name]);
    expect(pushed.code).toBe(0);
    const [first, ...warnings] = pushed.stderr.trimEnd().split("\n");
    expect(first).toMatch(/^pushed 2 files to edge9\/p\d+@first, commit [0-9a-f]+$/);
    expect(warnings[0]).toMatch(/^warning: FilesValid: InvalidYAML: .*conf\/app\.yaml:\d+:\d+: /);
    const { status } = await env.revision(object);
    expect(status?.conditions?.filter((one) => one.status === "Unknown")).toEqual([]);
    const mended = await cli.run(["edit", name, "conf/app.yaml"], { env: { EDITOR: "sed -i s/.*/a:/" } });
    expect(mended.stderr).toContain(`saved in ${short}\n`);
    expect(mended.stderr).not.toContain("InvalidYAML");
  });

  it("edit needs a terminal for vi, or a program that needs none", async ({ cli }) => {
    const { name, short } = await pullDraft(cli);
    expect(await cli.run(["edit", name])).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error: there is no terminal for an editor\n" +
        "to edit with a program: set EDITOR, which is called with the path of the file or folder\n" +
        `to edit in a folder: kubectl pkg pull ${short} DIR, and kubectl pkg push DIR\n`,
    });
  });
});
