import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { unpackDebianPackages } from "../harness/debian-packages.ts";
import { type Cli, testWithCli } from "../testenv/cli.ts";

const it = testWithCli("complete");

/** zsh from Debian's registry, or why it cannot be had here. */
const zsh = await unpackDebianPackages(["zsh", "zsh-common"], process.env).then(
  (files) => ({ program: join(files, "bin", "zsh") }),
  (error: unknown) => ({ missing: error instanceof Error ? error.message : String(error) }),
);

it.beforeAll(async ({ env, packages }) => {
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  const id = { target: "edge1", repository: "deployments", realm: "web", package: "storefront" };
  await packages.createPublished({ ...id, workspace: "one" }, { "app.yaml": "a: 1\n", "README.md": "1\n" });
  await packages.createDraft({ ...id, workspace: "two" });
});

/** The environment of a shell of alice that finds the program by its names. */
async function shellOf(cli: Cli) {
  return {
    PATH: `${join(cli.dir, "bin")}${delimiter}${process.env.PATH}`,
    HOME: cli.dir,
    KUBECONFIG: await cli.kubeconfigWithNamespace("alice"),
  };
}

describe("completion in bash", () => {
  it.for([
    ["pkgctl sh", "show"],
    ["pkgctl repo l", "list"],
    ["pkgctl get --needs", "--needs-approval"],
    ["pkgctl get --lifecycle deletion", "deletionProposed"],
    ["pkgctl show edge1/web/storefront@", "two v1"],
    ["kubectl-pkg cat edge1/web/storefront@v1 ap", "app.yaml"],
    ["pkgctl repo show dep", "deployments"],
    ["pkgctl get edge9", ""],
  ] as const)("%s: %s", async ([line, expected], { cli, env }) => {
    const script = `
      source <(kubectl-pkg completion bash)
      COMP_LINE=${JSON.stringify(line)} COMP_POINT=${line.length}
      compopt() { :; }
      _kubectl_pkg
      echo "\${COMPREPLY[*]}"`;
    const { stdout } = await promisify(execFile)("bash", ["-c", script], { env: await shellOf(cli) });
    expect(stdout).toBe(`${expected}\n`);
    expect(env.namespace).not.toBe("");
  });

  it("is asked by kubectl for its plugin", async ({ cli, env }) => {
    const args = ["__complete", "pkg", "show", "edge1"];
    const { stdout } = await promisify(execFile)(env.controlPlane.kubectl, args, { env: await shellOf(cli) });
    expect(stdout).toBe("edge1/web/storefront@two\nedge1/web/storefront@v1\n:4\n");
  });

  it("asks for nothing without a cluster, and does not fail", async ({ cli }) => {
    const result = await cli.run(["__complete", "show", ""], {
      env: { KUBECONFIG: await cli.unreachableKubeconfig() },
    });
    expect(result).toEqual({ code: 0, stdout: ":4\n", stderr: "" });
  });
});

describe.skipIf("missing" in zsh)(`completion in zsh${"missing" in zsh ? `: ${zsh.missing}` : ""}`, () => {
  it.for([
    [["pkgctl", "sh"], "show"],
    [["pkgctl", "get", "--lifecycle", "deletion"], "deletionProposed"],
    [["pkgctl", "show", "edge1/web/storefront@"], "edge1/web/storefront@two edge1/web/storefront@v1"],
    [["kubectl-pkg", "cat", "edge1/web/storefront@v1", "ap"], "app.yaml"],
    [["pkgctl", "push", ""], "FILES"],
  ] as const)("%j: %s", async ([words, expected], { cli }) => {
    if ("missing" in zsh) throw new Error(zsh.missing);
    // As zsh's completion system calls the function; compadd works only inside of it.
    const script = `
      compdef() { : }
      compadd() { shift; found+=("\${(@P)1}") }
      _files() { found+=(FILES) }
      source <(kubectl-pkg completion zsh)
      words=(${words.map((word) => `'${word}'`).join(" ")}) CURRENT=${words.length}
      _kubectl_pkg
      print -- \${found}`;
    const { stdout } = await promisify(execFile)(zsh.program, ["-f", "-c", script], { env: await shellOf(cli) });
    expect(stdout).toBe(`${expected}\n`);
  });
});

describe("the program", () => {
  it("is called as a plugin by kubectl", async ({ cli, env }) => {
    const args = ["pkg", "get", "--latest", "-o", "name"];
    const { stdout } = await promisify(execFile)(env.controlPlane.kubectl, args, { env: await shellOf(cli) });
    expect(stdout).toBe("packagerevision.pkg.pkgserver.dev/edge1.deployments.web.storefront.one\n");
  });
});
