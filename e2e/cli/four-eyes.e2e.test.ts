import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { testWithCli } from "../testenv/cli.ts";

const it = testWithCli("cli-eyes");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true, approval: { fourEyes: true } });
});

describe("kubectl pkg under four eyes", () => {
  it("names the user of each step, also where the API server does not", async ({ cli, env }) => {
    const object = "edge1.deployments.net.first";
    await cli("init", "edge1/net", "--repo", "deployments", "--workspace", "first");
    await cli("pull", "net");
    await cli.run(["pull", "edge1/net", "of-carol"], { as: "carol" });
    await writeFile(join(cli.dir, "net", "a.yaml"), "a: 1\n");
    await cli("push", "net");
    await writeFile(join(cli.dir, "of-carol", "b.yaml"), "b: 1\n");
    expect(await cli.run(["push", "of-carol"], { as: "carol" })).toMatchObject({ code: 0, stdout: "A b.yaml\n" });
    await cli("propose", "edge1/net", "--wait");
    const { metadata, status } = await env.revision(object);
    expect(metadata.annotations).toMatchObject({
      "pkg.pkgserver.dev/changed-by": "alice",
      "pkg.pkgserver.dev/proposed-by": "alice",
      "pkg.pkgserver.dev/lifecycle-changed-by": "alice",
    });
    expect((await env.contents(object)).metadata.annotations).toMatchObject({
      "pkg.pkgserver.dev/edited-by": "alice\ncarol",
    });
    const approve = ["approve", "edge1/net", "--yes", "--digest", status?.proposal?.digest ?? ""];
    const own = await cli.run(approve, { as: "carol" });
    expect(own.code).toBe(4);
    expect(own.stdout).toMatch(/^Changed by: +alice, carol$/m);
    expect(own.stderr).toContain("error: edge1/net@first is not published: FourEyes: ");
    expect((await cli.run(["withdraw", "edge1/net"], { as: "carol" })).code).toBe(0);
    await cli("propose", "edge1/net", "--wait");
    const digest = (await env.revision(object)).status?.proposal?.digest ?? "";
    const done = await cli.run(["approve", "edge1/net", "--yes", "--digest", digest], { as: "bob" });
    expect(done).toMatchObject({ code: 0, stderr: "published edge1/net@first as v1\n" });
    const log = await env.git.git("deployments", "log", "--format=%an", "edge1/net/v1");
    expect(log).toContain("alice");
    expect(log).toContain("carol");
  });
});
