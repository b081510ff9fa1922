import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { testWithCli } from "../testenv/cli.ts";
import {
  completeInBash,
  completeInKubectl,
  completeInZsh,
  resolveZsh,
  shellEnvironment,
} from "../testenv/shell-completion.ts";

const it = testWithCli("complete");
const zsh = await resolveZsh();

/** The name of a file that is a command where a shell does not quote it. */
const EVIL = "$(touch pwned) ;&.txt";

it.beforeAll(async ({ env, packages }) => {
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  const id = { target: "edge1", repository: "deployments", realm: "web", package: "storefront" };
  await packages.createPublished({ ...id, workspace: "one" }, { "app.yaml": "a: 1\n", "README.md": "1\n", [EVIL]: "" });
  await packages.createDraft({ ...id, workspace: "two" });
  await packages.propose(
    await packages.createDraft({ ...id, target: "edge2", workspace: "one" }, { "a.yaml": "a: 1\n" }),
  );
});

describe("completion in bash", () => {
  it.for([
    ["pkgctl sh", "show"],
    ["pkgctl repo l", "list"],
    ["pkgctl get --needs", "--needs-approval"],
    ["pkgctl get --lifecycle deletion", "deletionProposed"],
    ["pkgctl show edge1/web/storefront@", "two v1"],
    ["kubectl-pkg cat edge1/web/storefront@v1 ap", "app.yaml"],
    ["kubectl-pkg cat edge1/web/storefront@v1 $", String.raw`\$\(touch\ pwned\)\ \;\&.txt`],
    ["pkgctl get --mi", "--mine"],
    ["pkgctl set edge1/web/storefront@", "two v1"],
    ["pkgctl diff edge1/web/storefront@two --no-p", "--no-pager"],
    ["pkgctl approve ed", "edge2/web/storefront@one"],
    ["pkgctl repo show dep", "deployments"],
    ["pkgctl get edge9", ""],
  ] as const)("%s: %s", async ([line, expected], { cli, env }) => {
    expect(await completeInBash(cli, line)).toBe(expected);
    expect(env.namespace).not.toBe("");
  });

  it("is asked by kubectl for its plugin", async ({ cli, env }) => {
    const found = await completeInKubectl(cli, env.controlPlane.kubectl, ["show", "edge1"]);
    expect(found).toBe("edge1/web/storefront@two\nedge1/web/storefront@v1\n:4");
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
    expect(await completeInZsh(cli, zsh, words)).toBe(expected);
  });
});

describe("the program", () => {
  it("is called as a plugin by kubectl", async ({ cli, env }) => {
    const args = ["pkg", "get", "--latest", "-o", "name"];
    const { stdout } = await promisify(execFile)(env.controlPlane.kubectl, args, { env: await shellEnvironment(cli) });
    expect(stdout).toBe("packagerevision.pkg.pkgserver.dev/edge1.deployments.web.storefront.one\n");
  });
});
