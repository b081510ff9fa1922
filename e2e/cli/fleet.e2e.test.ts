import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { testWithCli } from "../testenv/cli.ts";
import { createVariantSets } from "../testenv/variant-sets.ts";
import { createVariants } from "../testenv/variants.ts";

const it = testWithCli("fleet")
  .extend("sets", { scope: "file" }, async ({ env }) => await createVariantSets(env))
  .extend("variants", { scope: "file" }, async ({ env }) => await createVariants(env));

const open = "$" + "{";

function manifest(targets: readonly string[], more: object = {}): object {
  return {
    apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
    kind: "PackageVariantSet",
    metadata: { name: "storefronts" },
    spec: {
      targets: [{ list: targets.map((name) => ({ name })) }],
      template: {
        upstream: { repository: "catalog", package: "shop" },
        downstream: { target: `${open}target.name}`, repository: "deployments", package: "shop" },
        ...more,
      },
    },
  };
}

it.beforeAll(async ({ env, packages }) => {
  await env.git.createRepository("catalog");
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  const id = { repository: "catalog", package: "shop", workspace: "one" };
  await packages.createPublished(id, { "a.yaml": "kind: A\n" });
});

describe("kubectl pkg fleet", () => {
  it("plan says what a manifest would do, and status what was done", async ({ cli, env, sets }) => {
    const file = join(cli.dir, "set.yaml");
    const write = async (object: object) => await writeFile(file, JSON.stringify(object));
    await write(manifest(["edge1", "edge2"]));
    expect(await cli("fleet", "plan", "-f", file)).toBe(
      "+ storefronts.edge1\n+ storefronts.edge2\n2 targets, 2 to create, 0 to change, 0 to remove\n",
    );
    expect(await cli.run(["fleet", "status", "storefronts"])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('there is no PackageVariantSet "storefronts"'),
    });
    await env.as("alice").applyYaml(JSON.stringify(manifest(["edge1", "edge2"])));
    await sets.waitFor("storefronts", "has two", ({ status }) => status?.ready === 2);
    expect(await cli("fleet", "plan", "storefronts")).toBe("2 targets, 0 to create, 0 to change, 0 to remove\n");

    await write(manifest(["edge2", "edge3"], { upgradeStrategy: "copy" }));
    const planned = await cli("fleet", "plan", "-f", file);
    expect(planned).toBe(
      '+ storefronts.edge3\n~ storefronts.edge2\n    upgradeStrategy: nothing → "copy"\n- storefronts.edge1\n' +
        "2 targets, 1 to create, 1 to change, 1 to remove\n",
    );
    expect(JSON.parse(await cli("fleet", "plan", "-f", file, "-o", "json"))).toMatchObject({
      create: 1,
      removed: ["storefronts.edge1"],
    });
    // Nothing of that was stored.
    expect((await sets.get("storefronts")).metadata.generation).toBe(1);

    const status = await cli("fleet", "status", "storefronts");
    expect(status).toMatch(/^storefronts {2}UpToDate\n/);
    expect(status).toMatch(/^Progress: +0\/2 published, 2 ready$/m);
    expect(status).toMatch(/^storefronts\.edge1 +True +DraftReady /m);
    expect(await cli("fleet", "list")).toMatch(/^storefronts +True +UpToDate +2 +0 /m);
    const watching = cli.start(["fleet", "status", "storefronts", "-w"]);
    await watching.waitForOutput("storefronts.edge2");
    await env.as("alice").applyYaml(JSON.stringify(manifest(["edge1", "edge2", "edge3"])));
    await watching.waitForOutput("storefronts.edge3");
    await watching.stop();
  });

  it("status follows a rollout, and resume, abort and rollback decide on it", async ({
    cli,
    packages,
    sets,
    variants,
  }) => {
    const name = "waves";
    const upstream = { repository: "catalog", package: "shop" };
    const downstream = { target: `${open}target.name}`, repository: "deployments", package: name };
    const targets = [{ list: ["edge1", "edge2", "edge3"].map((one) => ({ name: one })) }];
    const steps = [{ count: 1, pause: {} }, { count: 1 }, { percent: 100 }];
    await sets.create(name, { targets, template: { upstream, downstream }, rollout: { steps } });
    const watching = cli.start(["fleet", "status", name, "-w"]);
    const publish = async (target: string) => {
      const { status } = await variants.waitForReason(`${name}.${target}`, "DraftReady");
      await packages.publish(status?.draft ?? "");
    };
    const refused = async (...args: readonly string[]) => {
      const { code, stderr } = await cli.run(["fleet", ...args]);
      expect(code).toBe(4);
      return stderr;
    };
    await publish("edge1");
    await watching.waitForOutput("Paused: 1/3 published, wave 1 of 3: paused before the next wave");
    expect(await cli("fleet", "status", name)).toMatch(/^waves {2}RolloutPaused\n/);
    expect(await cli("fleet", "list", "-o", "wide")).toContain("1/3 published, wave 1 of 3");
    expect(await cli.run(["fleet", "resume", name])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("resumed"),
    });
    await watching.waitForOutput("Progressing: 1/3 published, wave 2 of 3");
    expect(await refused("resume", name)).toContain("the rollout of waves is Progressing");
    await cli("fleet", "abort", name);
    await watching.waitForOutput("Aborted: 1/3 published, wave 2 of 3");
    expect(await refused("abort", name)).toContain("the rollout of waves is Aborted");
    await cli("fleet", "resume", name);
    await publish("edge2");
    await publish("edge3");
    await watching.waitForOutput("Completed: 3/3 published, wave 3 of 3");
    await sets.patch(name, { spec: { template: { packageContext: { labels: { team: "x" } } } } });
    await variants.waitFor(`${name}.edge1`, "is changed", ({ spec }) => spec.packageContext !== undefined);
    expect(await cli.run(["fleet", "rollback", name])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes"),
    });
    await cli("fleet", "rollback", name, "--yes");
    await watching.waitForOutput("RolledBack: 1/1 rolled back, wave 1 of 3");
    expect((await variants.get(`${name}.edge1`)).spec).not.toHaveProperty("packageContext");
    await watching.stop();
    await sets.patch(name, { spec: { rollout: null } });
    await sets.waitFor(name, "has no rollout", ({ status }) => status?.rollout === undefined);
    expect(await refused("abort", name)).toContain("waves has no rollout");
  });

  it("plan ends with 4 where the operator would change nothing, and refuses what is no set", async ({ cli }) => {
    const file = join(cli.dir, "bad.yaml");
    await writeFile(file, JSON.stringify(manifest(["edge1"], { upgradeStrategy: `${open}nothing}` })));
    expect(await cli.run(["fleet", "plan", "-f", file])).toMatchObject({
      stderr: expect.stringContaining("spec.template.upgradeStrategy"),
    });
    const broken = { packageContext: { labels: { a: `${open}nothing.x}` } } };
    await writeFile(file, JSON.stringify(manifest(["edge1"], broken)));
    expect(await cli.run(["fleet", "plan", "-f", file])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("InvalidTemplate: spec.template.packageContext.labels.a"),
    });
    await writeFile(file, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
    expect(await cli.run(["fleet", "plan", "-f", file])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is not the manifest of one PackageVariantSet"),
    });
    expect(await cli.run(["fleet", "plan"])).toMatchObject({ code: 2 });
  });

  it("plan reads objects that are targets with the user's own rights", async ({ cli, env }) => {
    const file = join(cli.dir, "objects.yaml");
    const labels = { fleet: "plan" };
    await env
      .as("admin")
      .applyYaml(
        JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "edge9", labels }, data: {} }),
      );
    const selector = { matchLabels: labels };
    const objects = { apiVersion: "v1", kind: "ConfigMap", selector, serviceAccountName: "nobody" };
    const set = { ...(manifest([]) as { readonly spec: object }), metadata: { name: "by-object" } };
    await writeFile(file, JSON.stringify({ ...set, spec: { ...set.spec, targets: [{ objects }] } }));
    const planned = await cli.run(["fleet", "plan", "-f", file], { as: "admin" });
    expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining("+ by-object.edge9\n") });
    const refused = await cli.run(["fleet", "plan", "-f", file]);
    expect([refused.code === 0, refused.stderr]).toEqual([false, expect.stringContaining("configmaps")]);
    const unserved = { ...objects, apiVersion: "example.com/v1" };
    await writeFile(file, JSON.stringify({ ...set, spec: { ...set.spec, targets: [{ objects: unserved }] } }));
    const unknown = await cli.run(["fleet", "plan", "-f", file]);
    expect(unknown).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("has no kind ConfigMap of example.com/v1"),
    });
  });
});
