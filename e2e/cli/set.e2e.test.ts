import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { testWithCli } from "../testenv/cli.ts";

const INPUT = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: values\ndata:\n  a: one # kept out of the API\n";

const it = testWithCli("set");

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
});

describe("kubectl pkg set", () => {
  it("sets inputs, labels and gates of a draft, which Git records as the user's", async ({ cli, env, packages }) => {
    const id = { target: "edge1", repository: "deployments", package: "whole", workspace: "first" };
    const object = await packages.createDraft(id, { "a.yaml": "a: 1\n" });
    await writeFile(join(cli.dir, "values.yaml"), INPUT);
    const all = ["--label", "tier=front", "--gate", "example.com/scanned", "--input", "values.yaml"];
    const dry = await cli.run(["set", "whole", ...all, "--dry-run"]);
    expect(dry).toMatchObject({ code: 0, stderr: "that would be set in edge1/whole@first\n" });
    const lines = ["A label tier=front", "A gate example.com/scanned", "A input ConfigMap/values", ""].join("\n");
    const set = ["set", "whole", ...all];
    expect(await cli.run(set)).toEqual({ code: 0, stdout: lines, stderr: "set in edge1/whole@first\n" });
    expect(await cli.run(set)).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("already") });
    const { metadata, spec } = await env.revision(object);
    expect(metadata.labels).toMatchObject({ tier: "front" });
    expect(metadata.annotations).toMatchObject({ "pkg.pkgserver.dev/changed-by": "alice" });
    expect(spec).toMatchObject({
      readinessGates: [{ conditionType: "example.com/scanned" }],
      inputs: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "values" }, data: { a: "one" } }],
    });
    const shown = await cli("show", "whole");
    expect(shown).toMatch(/^Inputs: +ConfigMap\/values$/m);
    expect(shown).toContain("\nGates:\n  example.com/scanned has no verdict in status.gates\n");
    const second = { input: INPUT.replace("one", "two") };
    const changed = ["set", "whole", "--input", "-", "--label", "tier-", "--gate", "example.com/scanned-"];
    expect((await cli.run(changed, second)).stdout).toBe(
      "D label tier\nD gate example.com/scanned\nM input ConfigMap/values\n",
    );
    expect(await cli("set", "whole", "--remove-input", "ConfigMap/values")).toBe("D input ConfigMap/values\n");
    await packages.publish(object);
    const tag = await env.git.git("deployments", "log", "-4", "--format=%an %B", "edge1/whole/v1");
    expect(tag).toContain("alice");
  });

  it("shows a person what changed in colours, and the next step", async ({ cli, packages }) => {
    const id = { target: "edge1", repository: "deployments", package: "coloured", workspace: "first" };
    await packages.createDraft(id);
    const { code, stdout } = await cli.inTerminal(["set", "coloured", "--label", "a=1"]);
    expect(code).toBe(0);
    expect(stdout).toContain("\u001b[32mA\u001b[39m label a=1\r\nset in edge1/coloured@first\r\n");
    expect(stdout).toContain("next: kubectl pkg show edge1/coloured@first");
  });

  it("keeps what two users set at the same time", async ({ cli, env, packages }) => {
    const id = { target: "edge1", repository: "deployments", package: "shared", workspace: "first" };
    const object = await packages.createDraft(id);
    const label = async (index: number) =>
      await cli.run(["set", "shared", "--label", `l${index}=1`, "--gate", `example.com/g${index}`], {
        as: index % 2 === 0 ? "alice" : "carol",
      });
    const results = await Promise.all([0, 1, 2, 3].map(label));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const { metadata, spec } = await env.revision(object);
    expect(metadata.labels).toMatchObject({ l0: "1", l1: "1", l2: "1", l3: "1" });
    expect(spec.readinessGates).toHaveLength(4);
  });

  it.for([
    [[], 2, "there is nothing to set"],
    [["--label", "a"], 2, '--label "a" is neither KEY=VALUE nor KEY-'],
    [["--label", "a=not valid"], 4, "metadata.labels: "],
    [["--label", "pkg.pkgserver.dev/latest=true"], 4, "is written by the operator"],
    [["--input", "missing.yaml"], 3, 'there is no "'],
    [["--input", "."], 2, "is a folder"],
    [["--remove-input", "A/b"], 3, 'there is no input "A/b"\nit has no inputs'],
  ] as const)("%j ends with %i: %s", async ([args, code, message], { cli, env, packages }) => {
    const id = { target: "edge1", repository: "deployments", package: "refused", workspace: "first" };
    const object = "edge1.deployments.refused.first";
    if (!(await env.revisions()).some(({ metadata }) => metadata.name === object)) await packages.createDraft(id);
    const result = await cli.run(["set", object, ...args]);
    expect(result.stderr).toContain(message);
    expect(result.code).toBe(code);
  });

  it("refuses a proposal, which is frozen", async ({ cli, packages }) => {
    const id = { target: "edge1", repository: "deployments", package: "frozen", workspace: "first" };
    const object = await packages.createDraft(id, { "a.yaml": "a: 1\n" });
    await packages.propose(object);
    expect(await cli.run(["set", "frozen", "--label", "a=1"])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("edge1/frozen@first is proposed, and not draft\nto make it a draft again: "),
    });
  });
});
