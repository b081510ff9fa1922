import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { normalize, testWithCli } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";

const BINARY = Buffer.from([0, 1, 2, 255, 254]);

/** `paged`: a draft with more text than a pipe holds. */
const it = testWithCli("diff").extend("paged", { scope: "file" }, async ({ packages }) => {
  const id = { target: "edge6", repository: "deployments", package: "paged", workspace: "one" };
  return await packages.createDraft(id, { "a.txt": "line\n".repeat(40_000) });
});

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("catalog");
  const files = { "web/storefront/README.md": "blueprint\n", "web/storefront/conf/app.yaml": "a: 1\n" };
  await pushExternally(env.git, "catalog", { files, tags: ["web/storefront/v1"] });
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
});

describe("kubectl pkg diff", () => {
  it("compares a draft with what it began from, with others, and with a folder", async ({ cli, packages }) => {
    const id = { target: "edge3", repository: "deployments", realm: "web", package: "shop" };
    await packages.createPublished({ ...id, workspace: "one" }, { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" });
    await packages.createPublished({ ...id, workspace: "two" }, { "a.yaml": "a: 2\n", "b.yaml": "b: 1\n" });
    await cli("draft", "shop", "--workspace", "three");
    await cli("pull", "shop");
    expect(await cli.run(["diff", "./shop"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "no differences between edge3/web/shop@three and shop\n",
    });
    await writeFile(join(cli.dir, "shop", "a.yaml"), "a: 3\n");
    await rm(join(cli.dir, "shop", "b.yaml"));
    await writeFile(join(cli.dir, "shop", "c.bin"), BINARY);
    const expected = (before: string, after: string) =>
      [
        `--- ${before}/a.yaml`,
        `+++ ${after}/a.yaml`,
        "@@ -1 +1 @@",
        "-a: 2",
        "+a: 3",
        `--- ${before}/b.yaml`,
        "+++ /dev/null",
        "@@ -1 +0,0 @@",
        "-b: 1",
        "--- /dev/null",
        `+++ ${after}/c.bin`,
        "binary: none -> 5 bytes",
        "",
      ].join("\n");
    expect(await cli("diff", "shop")).toBe(expected("edge3/web/shop@three", "shop"));
    await cli("push", "shop");
    expect(await cli("diff", "shop")).toBe("");
    expect(await cli("diff", "web/shop")).toBe(expected("edge3/web/shop@v2", "edge3/web/shop@three"));
    expect(await cli("diff", "web/shop@v2", "--stat")).toBe("a.yaml | +1 -1\n1 file changed, +1 -1 lines\n");
    expect(await cli("diff", "web/shop", "--from", "v1", "--name-only")).toBe("a.yaml\nb.yaml\nc.bin\n");
    expect(await cli("diff", "web/shop@v2", "web/shop@v1", "--name-only")).toBe("a.yaml\n");
    expect(JSON.parse(await cli("diff", "web/shop", "-o", "json"))).toMatchObject({
      before: "edge3/web/shop@v2",
      files: [{ path: "a.yaml", kind: "changed", added: 1, removed: 1 }, { kind: "removed" }, { isBinary: true }],
    });
    const terminal = await cli.inTerminal(["diff", "web/shop"]);
    expect(terminal.stdout).toContain("\u001b[31m-a: 2\u001b[39m");
  });

  it("compares a clone with its upstream, also as a folder", async ({ cli }) => {
    await cli("clone", "catalog/web/storefront", "edge9/clone", "--workspace", "first");
    await cli("pull", "edge9/clone", "clone");
    await writeFile(join(cli.dir, "clone", "conf", "app.yaml"), "a: 5\n");
    expect(await cli("diff", "./clone", "--upstream", "--name-only")).toBe("conf/app.yaml\n");
    expect(await cli("diff", "edge9/clone", "--upstream", "--name-only")).toBe("");
    const { code, stderr } = await cli.run(["diff", "catalog/web/storefront", "--upstream"]);
    expect([code, stderr]).toEqual([4, "error: catalog/web/storefront@v1 was not cloned from another package\n"]);
    expect((await cli.run(["diff", "./clone", "--upstream", "--main"])).code).toBe(2);
  });

  it("--main compares with what main holds, and says what the API does not show", async ({ cli, env, packages }) => {
    const id = { target: "edge4", repository: "deployments", package: "net" };
    const first = await packages.createDraft({ ...id, workspace: "one" }, { "a.yaml": "a: 1\n" });
    const none = await cli.run(["diff", "net", "--main", "--stat"]);
    expect(none).toMatchObject({ code: 0, stdout: "a.yaml | +1 -0\n1 file changed, +1 -0 lines\n" });
    expect(none.stderr).toMatch(/^no revision is published: main is taken to have no such package\n/);
    await packages.publish(first);
    const second = await packages.createDraft({ ...id, workspace: "two" }, { "a.yaml": "a: 2\n" });
    const { stdout, stderr } = await cli.run(["diff", "net", "--main"]);
    expect(stdout).toContain("--- edge4/net@v1/a.yaml\n+++ edge4/net@two/a.yaml\n@@ -1 +1 @@\n-a: 1\n+a: 2\n");
    expect(normalize(stderr)).toBe(
      "main is taken to hold edge4/net@v1, the latest published revision\n" +
        "other commits to main are not in the API; to see them, in a clone: " +
        "git diff COMMIT origin/main -- edge4/net\n",
    );
    await pushExternally(env.git, "deployments", { files: { "edge4/net/b.yaml": "b: 1\n" } });
    await env.sync("deployments");
    await packages.propose(second);
    await packages.approve(second);
    await env.waitForReason(second, "MainDiverged");
    expect((await cli.run(["diff", "net@two", "--main"])).stderr).toContain("the folder edge4/net on refs/heads/main ");
    await packages.takeBack(second, "draft");
  });

  it("--main refuses where only tags are published", async ({ cli, env, packages }) => {
    await env.git.createRepository("tags");
    await env.register("tags", { deployment: true, publish: "tagOnly" });
    await packages.createDraft({ target: "edge1", repository: "tags", package: "only", workspace: "one" });
    const { code, stderr } = await cli.run(["diff", "only", "--main"]);
    expect(code).toBe(4);
    expect(stderr).toContain(
      "(spec.publish: tagOnly)\nto see them, in a clone: git ls-tree -r origin/main -- edge1/only\n",
    );
  });

  it("names the objects that change", async ({ cli, packages }) => {
    const metadata = "metadata:\n  name: storefront\n  namespace: web\n";
    const template = "  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}\n";
    const spec = `spec:\n  selector: {matchLabels: {app: a}}\n${template}`;
    const object = (replicas: number) =>
      `apiVersion: apps/v1\nkind: Deployment\n${metadata}${spec}  replicas: ${replicas}\n`;
    const id = { target: "edge5", repository: "deployments", package: "named" };
    await packages.createPublished({ ...id, workspace: "one" }, { "a.yaml": object(1) });
    await packages.createDraft({ ...id, workspace: "two" }, { "a.yaml": object(2) });
    expect(await cli("diff", "named@two")).toContain("\n@@ -6,4 +6,4 @@ Deployment apps/v1 web/storefront\n");
  });
});

describe("kubectl pkg diff: the pager", () => {
  it.for([
    ["$KUBECTL_PKG_PAGER", [], { KUBECTL_PKG_PAGER: "sed s/^/1:/", PAGER: "sed s/^/2:/" }, "1:--- /dev/null"],
    ["$PAGER", [], { PAGER: "sed s/^/2:/" }, "2:--- /dev/null"],
    ["less with its options", [], { PAGER: 'printf "%s " "$LESS"; cat' }, "FRX --- /dev/null"],
    ["none that is empty", [], { KUBECTL_PKG_PAGER: "", PAGER: "sed s/^/2:/" }, "--- /dev/null"],
    ["none with --no-pager", ["--no-pager"], { PAGER: "sed s/^/2:/" }, "--- /dev/null"],
    ["none that is not found", [], { PAGER: "no-such-pager" }, "--- /dev/null"],
  ] as const)("is %s", async ([_, args, env, expected], { cli, paged }) => {
    const { code, stdout } = await cli.inTerminal(["diff", paged, ...args], { env: { NO_COLOR: "1", ...env } });
    expect(code).toBe(0);
    expect(normalize(stdout).slice(0, expected.length)).toBe(expected);
  });

  it("may end before it has read everything, and be interrupted", async ({ cli, paged }) => {
    const quit = await cli.inTerminal(["diff", paged], { env: { PAGER: "head -n 1 >/dev/null; echo seen" } });
    expect([quit.code, normalize(quit.stdout)]).toEqual([0, "seen\n"]);
    const pager = 'trap "echo caught; exit" INT; echo ready; while :; do read -t 1 x </dev/tty; done';
    const running = cli.startInTerminal(["diff", paged], { env: { PAGER: `bash -c '${pager}'` } });
    await running.waitForOutput("ready");
    running.write("\u0003");
    const { code, output } = await running.ended();
    expect(output).toContain("caught");
    expect(code).toBe(0);
  });

  it("is never used in a pipe", async ({ cli, paged }) => {
    const { stdout } = await cli.run(["diff", paged], { env: { PAGER: "sed s/^/2:/" } });
    expect(stdout).toMatch(/^--- \/dev\/null\n/);
  });
});
