import { execFile } from "node:child_process";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { waitUntil } from "../harness/wait.ts";
import { normalize, testWithCli } from "../testenv/cli.ts";

/** `draft`: of alice. `waiting`: of a Repository with a gate, so that it is never proposed. */
const it = testWithCli("interrupts")
  .extend("draft", { scope: "file" }, async ({ env, packages }) => {
    await env.git.createRepository("deployments");
    await env.register("deployments", { deployment: true });
    const id = { target: "edge1", repository: "deployments", package: "edited", workspace: "one" };
    return await packages.createDraft(id, { "a.yaml": "a: 1\n", "b.bin.txt": "\u001b[2Jx\n" });
  })
  .extend("waiting", { scope: "file" }, async ({ env, packages }) => {
    await env.git.createRepository("gated");
    await env.register("gated", { deployment: true, readinessGates: [{ conditionType: "example.com/scanned" }] });
    const id = { target: "edge1", repository: "gated", package: "waits", workspace: "one" };
    return await packages.createDraft(id, { "a.yaml": "a: 1\n" });
  });

const keptIn = (output: string) => /your files are kept in (\S+)/.exec(output)?.[1] ?? "";

describe("an interrupt", () => {
  it("ends a wait, and takes nothing back", async ({ cli, env, waiting }) => {
    const running = cli.startInTerminal(["propose", waiting, "--wait"]);
    await running.waitForOutput("WaitingForGate");
    running.write("\u0003");
    expect((await running.ended()).code).toBe(130);
    expect((await env.revision(waiting)).spec.lifecycle).toBe("proposed");
    await cli("withdraw", waiting);
  });

  it("is the editor's while that runs", async ({ cli, draft }) => {
    const editor = `f() { echo 'a: 7' > $1; exec bash -c 'trap "echo caught; exit" INT; echo ready; while :; do read -t 1 x; done'; }; f`;
    const running = cli.startInTerminal(["edit", draft, "a.yaml"], { env: { EDITOR: editor } });
    await running.waitForOutput("ready");
    running.write("\u0003");
    const { code, output } = await running.ended();
    expect(normalize(output)).toContain("caught\nM a.yaml\n");
    expect(code).toBe(0);
    expect(await cli("cat", draft, "a.yaml")).toBe("a: 7\n");
  });

  it("of an edit keeps the files, and prints where", async ({ cli, draft }) => {
    const editor = "f() { echo 'a: 9' > $1; echo ready; exec sleep 60; }; f";
    const running = cli.start(["edit", draft, "a.yaml"], { env: { EDITOR: editor } });
    await running.waitForOutput("ready");
    const { code, output } = await running.signal("SIGTERM");
    expect(code).toBe(null);
    const dir = keptIn(output);
    expect(await readFile(join(dir, "a.yaml"), "utf8")).toBe("a: 9\n");
    await rm(join(dir, ".."), { recursive: true });
  });

  it("of a read of files that are in Git only hides them again", async ({ cli, env, packages }) => {
    await env.git.createRepository("lean");
    await env.register("lean", { deployment: true, contents: "Drafts" });
    const id = { target: "edge1", repository: "lean", package: "lean", workspace: "one" };
    const { metadata } = await packages.createPublished(id, { "a.yaml": "a: 1\n" });
    const { name } = metadata;
    await env.waitFor(name, "is in Git only", ({ status }) => status?.contents === "GitOnly");
    await env.operator.stop();
    const running = cli.start(["cat", "lean", "a.yaml"]);
    const isAsked = async () => (await env.revision(name)).metadata.annotations?.["pkg.pkgserver.dev/show-contents"];
    await waitUntil("the files are asked for", isAsked, { until: (value) => value === "true" });
    await running.signal("SIGINT");
    expect(await isAsked()).toBe(undefined);
    await env.restartOperator("stop");
  });
});

describe("kubectl pkg", () => {
  it("works without a home, and without a place for temporary files where it needs none", async ({ cli, draft }) => {
    const env = { HOME: "/nonexistent", TMPDIR: "/nonexistent" };
    expect(await cli.run(["cat", draft, "a.yaml"], { env })).toMatchObject({ code: 0, stderr: "" });
    const edited = await cli.run(["edit", draft], { env: { ...env, EDITOR: "true" } });
    expect(edited.code).toBe(3);
    expect(edited.stderr).toMatch(/^error: there is no "\/nonexistent\/kubectl-pkg-/);
  });

  it("leaves nothing behind if an edit cannot begin", async ({ cli, env, draft }) => {
    const id = { ...(await env.revision(draft)).spec.packageRevID };
    const TMPDIR = join(cli.dir, "tmp");
    await promisify(execFile)("mkdir", [TMPDIR]);
    const refused = await cli.run(["edit", `${id.target}/nothing`], { env: { TMPDIR, EDITOR: "true" } });
    expect(refused.code).toBe(3);
    expect(await readdir(TMPDIR)).toEqual([]);
  });

  it.for([
    ["<&-", "a: "],
    [">&-", ""],
    ["2>&-", "a: "],
    ["<&- >&- 2>&-", ""],
    ["| true", ""],
    ["2>&1 | true", ""],
  ] as const)("does not fail with its streams as %s", async ([streams, expected], { cli, draft }) => {
    const script = `${join(cli.dir, "bin", "kubectl-pkg")} cat ${draft} a.yaml ${streams}`;
    const KUBECONFIG = await cli.kubeconfigWithNamespace("alice");
    const env = { PATH: process.env.PATH, HOME: cli.dir, KUBECONFIG };
    const { stdout, stderr } = await promisify(execFile)("bash", ["-o", "pipefail", "-c", script], { env });
    expect([stdout.slice(0, 3), stderr]).toEqual([expected, ""]);
  });

  it("shows the characters of a file that would control a terminal", async ({ cli, draft }) => {
    const { stdout } = await cli.inTerminal(["cat", draft, "b.bin.txt"]);
    expect(normalize(stdout)).toBe(`${String.raw`\u{1b}[2Jx`}\n`);
    expect(await cli("cat", draft, "b.bin.txt")).toBe("\u001b[2Jx\n");
  });
});
