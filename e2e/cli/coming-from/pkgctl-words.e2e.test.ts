import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { testWithCli } from "../../testenv/cli.ts";
import { pkgctlTrials } from "./pkgctl-trials.ts";
import { createRepositories, readTable, tryRows } from "./tables.ts";

const it = testWithCli("words");

describe("pkgctl", () => {
  it("takes the words of pkgserver's pkgctl as they are", async ({ cli, env }) => {
    await createRepositories({ cli, env });
    const rows = await readTable("From pkgctl");
    await tryRows({ cli, env }, rows, pkgctlTrials("one"), ({ known }) => `pkgctl ${known.replaceAll("`", "")}`);
  });

  it("never takes a password as an argument, nor prints it", async ({ cli }) => {
    const { code, stdout, stderr } = await cli.run(["secret", "create", "git", "me", "hunter2"], { as: "admin" });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: a password is no argument/);
    expect(stderr).not.toContain("hunter2");
  });

  it("binds a Secret to the host of a URL", async ({ cli, env }) => {
    const args = ["secret", "create", "bound", "me", "--url", "https://git.example.com:8443/a.git"];
    expect(await cli.run(args, { as: "admin", input: "password\n" })).toMatchObject({
      code: 0,
      stderr: "created the Secret bound, for git.example.com:8443\n",
    });
    expect(await env.as("admin").getJson("secret", "bound")).toMatchObject({
      type: "kubernetes.io/basic-auth",
      data: { username: btoa("me"), password: btoa("password") },
      metadata: { annotations: { "pkg.pkgserver.dev/allowed-hosts": "git.example.com:8443" } },
    });
    expect(await cli.run(args, { as: "admin", input: "other\n" })).toMatchObject({ code: 5 });
    expect(await cli.run(["secret", "create", "none"], { as: "admin" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("there are no credentials"),
    });
  });

  it("pushes a folder to no other draft than the one it was pulled from", async ({ cli, env, packages }) => {
    await env.git.createRepository("two");
    await env.register("two", { deployment: true });
    const draft = (name: string) =>
      packages.createDraft(
        { target: "edge1", repository: "two", package: name, workspace: "one" },
        { "a.yaml": "a: 1\n" },
      );
    const [first, second] = [await draft("first"), await draft("second")];
    await cli("rpkg", "pull", first, "own");
    await writeFile(join(cli.dir, "own", "a.yaml"), "a: 2\n");
    expect(await cli.run(["rpkg", "push", second, "own"])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(`own was pulled from ${first}, and not from edge1/second@one`),
    });
    expect((await env.contents(second)).spec.resources).toEqual({ "a.yaml": "a: 1\n" });
  });

  it("refuses states that do not exist, and deletes no draft with the words of a proposal", async ({
    cli,
    env,
    packages,
  }) => {
    await env.git.createRepository("kept");
    await env.register("kept", { deployment: true });
    const id = { target: "edge1", repository: "kept", package: "kept", workspace: "one" };
    const draft = await packages.createDraft(id, { "a.yaml": "a: 1\n" });
    expect(await cli.run(["rpkg", "updatestatus", draft, "Published"])).toMatchObject({
      code: 2,
      stderr: 'error: "Published" is no state: draft, proposed, published, deletionProposed\n',
    });
    for (const args of [
      ["rpkg", "propose-delete", draft],
      ["rpkg", "updatestatus", draft, "deletionProposed"],
    ]) {
      expect(await cli.run(args)).toMatchObject({
        code: 4,
        stderr: expect.stringContaining("is draft, and not published"),
      });
    }
    expect((await env.revision(draft)).status?.lifecycle).toBe("draft");
  });
});
