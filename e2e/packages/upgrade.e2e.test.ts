import { describe, expect } from "vitest";
import { testWithCli } from "../testenv/cli.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import { conditionOf } from "../testenv/pipeline-packages.ts";

const it = testWithCli("upgrade");

function deployment(name: string, image: string, replicas: number): string {
  return `# Of ${name}.
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: a}
spec:
  replicas: ${replicas} # by hand
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: ${image}
`;
}

const note = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

it.beforeAll(async ({ env, packages }) => {
  await env.git.createRepository("catalog");
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  const id = { repository: "catalog", realm: "web", package: "shop" };
  await packages.createPublished(
    { ...id, workspace: "one" },
    { "d.yaml": deployment("shop", "web:1", 1), "old.yaml": note("old") },
  );
});

describe("the upgrade of a package", () => {
  it("takes what its upstream has changed, keeps what was changed here, and lists what is both", async ({
    cli,
    env,
    packages,
  }) => {
    // Two packages from v1, of which one has changed what upstream will change.
    const names = ["plain", "changed"].map((name) => `edge1.deployments.web.${name}.first`);
    for (const name of ["plain", "changed"]) {
      await cli("clone", "catalog/web/shop", `edge1/web/${name}`, "--workspace", "first");
    }
    const [plain = "", changed = ""] = names;
    // Unlike objects of one target.
    const renamed = (text: string) => text.replace("namespace: a", "namespace: b");
    await packages.save(plain, { "own.yaml": note("own") });
    await packages.save(changed, {
      "d.yaml": renamed(deployment("shop", "web:1", 3)),
      "old.yaml": note("older"),
    });
    for (const name of names) await packages.publish(name);
    await packages.publish(
      await packages.createDraft(
        { repository: "catalog", realm: "web", package: "shop", workspace: "two" },
        {
          "d.yaml": deployment("shop", "web:2", 2),
          "new.yaml": note("new"),
        },
      ),
    );

    for (const name of names) await packages.waitFor(name, "can be upgraded", ({ status }) => status?.upgrade === "v2");
    const outdated = ["get", "--outdated", "--target", "edge1", "-o", "name"];
    expect(await cli(...outdated.slice(0, -2))).toMatch(
      /^NAME .* UPGRADE +CHANGES\nedge1\.deployments\.web\.changed\.first .* v2 +1 file added, 1 changed, 1 removed\n/,
    );
    expect((await cli(...outdated)).split("\n").filter((line) => line !== "")).toHaveLength(2);
    expect(await cli("show", "edge1/web/plain@v1")).toMatch(
      /^Upstream: +catalog\/web\/shop@v1 \(commit [0-9a-f]{40}; v2 is there: 1 file added, 1 changed, 1 removed\)$/m,
    );
    const upgraded = await cli.run(["upgrade", "edge1/web/plain", "--workspace", "next"]);
    expect(upgraded).toMatchObject({ code: 0, stdout: "edge1/web/plain@next\n" });
    const next = "edge1.deployments.web.plain.next";
    expect((await packages.contents(next)).spec.resources).toEqual({
      "d.yaml": deployment("shop", "web:2", 2),
      "new.yaml": note("new"),
      "own.yaml": note("own"),
    });
    const { status } = await packages.get(next);
    expect(status?.upstreamLock).toMatchObject({
      repository: "catalog",
      realm: "web",
      package: "shop",
      revision: "v2",
    });
    const git = createGitReader(env.git, "deployments");
    expect(await git("log", "-1", "--format=%s", "edge1/web/plain/next")).toBe(
      "Start edge1/web/plain (next): v1 with catalog/web/shop v1 → v2",
    );
    await packages.publish(next);
    expect((await cli(...outdated)).trim()).toBe(
      "packagerevision.pkg.pkgserver.dev/edge1.deployments.web.changed.first",
    );
    expect(await cli.run(["upgrade", "edge1/web/plain"])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("edge1/web/plain@v2 has catalog/web/shop@v2 already, which is the latest\n"),
    });
    expect(await cli("show", "edge1/web/plain@v2")).toMatch(/^Upstream: +catalog\/web\/shop@v2 \(commit /m);

    const conflicting = await cli.run(["upgrade", "edge1/web/changed", "--workspace", "next"]);
    expect(conflicting.code).toBe(0);
    expect(conflicting.stderr).toContain("Validated: ValidationFailed: ");
    const draft = "edge1.deployments.web.changed.next";
    const { spec, status: contents } = await packages.contents(draft);
    expect(spec.resources).toMatchObject({
      "d.yaml": renamed(deployment("shop", "web:2", 3)),
      "merge-conflicts.yaml": expect.stringContaining("field: spec.replicas\n"),
    });
    expect(contents?.results).toContainEqual({
      severity: "error",
      source: "merge",
      message:
        "both sides have changed it: upstream has 2, the package has 3; then remove the entry from merge-conflicts.yaml",
      path: "d.yaml",
      resource: "apps/v1 Deployment b/web",
      field: "spec.replicas",
    });
    await packages.setLifecycle(draft, "proposed");
    await packages.waitFor(draft, "is held back", (one) => one.status?.waitingFor?.[0] === "ValidationFailed");
    // Resolved: the request to propose is carried out.
    expect(await cli.run(["resolve", "edge1/web/changed"])).toMatchObject({ code: 2 });
    const theirs = ["resolve", "edge1/web/changed", "--theirs", "--field", "spec.replicas"];
    expect(await cli.run(theirs)).toMatchObject({ code: 0, stdout: "d.yaml apps/v1 Deployment b/web spec.replicas\n" });
    expect((await packages.contents(draft)).spec.resources?.["d.yaml"]).toBe(renamed(deployment("shop", "web:2", 2)));
    expect(await cli.run(["resolve", "edge1/web/changed", "--ours"])).toMatchObject({ code: 0 });
    await packages.waitForReason(draft, "Proposed");
    await packages.publish(draft);
    expect(Object.keys(await git.files("edge1/web/changed/v2", "edge1/web/changed"))).not.toContain(
      "merge-conflicts.yaml",
    );
  });

  it("gives fields in conflict the values that a user chooses", async ({ cli, packages }) => {
    const upstream = { repository: "catalog", realm: "web", package: "chosen" };
    await packages.createPublished({ ...upstream, workspace: "one" }, { "d.yaml": deployment("shop", "web:1", 1) });
    await cli("clone", "catalog/web/chosen", "edge4/web/chosen", "--workspace", "first");
    await packages.save("edge4.deployments.web.chosen.first", { "d.yaml": deployment("shop", "web:3", 3) });
    await packages.publish("edge4.deployments.web.chosen.first");
    const next = await packages.createDraft(
      { ...upstream, workspace: "two" },
      { "d.yaml": deployment("shop", "web:2", 2) },
    );
    await packages.publish(next);
    await cli("upgrade", "edge4/web/chosen", "--workspace", "next");
    const draft = "edge4.deployments.web.chosen.next";
    const [resource, image] = ["d.yaml apps/v1 Deployment a/web", "spec.template.spec.containers[name=web].image"];
    expect(await cli.run(["resolve", "edge4/web/chosen", `${image}=web:9`, "spec.replica=5"])).toEqual({
      code: 3,
      stdout: "",
      stderr:
        'error: edge4/web/chosen@next has no open conflict of the field in "spec.replica=5"\n' +
        `open: ${resource} spec.replicas\n` +
        "to see them: kubectl pkg cat edge4/web/chosen@next merge-conflicts.yaml\n",
    });
    expect(await cli.run(["resolve", "edge4/web/chosen", "spec.replicas=[5"])).toMatchObject({ code: 2 });
    expect(await cli.run(["resolve", "edge4/web/chosen", "spec.replicas"])).toMatchObject({ code: 2 });
    expect(await cli.run(["resolve", "edge4/web/chosen", "--ours", "spec.replicas=5"])).toMatchObject({ code: 2 });
    expect((await packages.contents(draft)).spec.resources?.["d.yaml"]).toBe(deployment("shop", "web:3", 3));
    expect(await cli.run(["resolve", "edge4/web/chosen", `${image}=web:9`, "spec.replicas=5"])).toEqual({
      code: 0,
      stdout: `${resource} ${image}\n${resource} spec.replicas\n`,
      stderr: expect.stringMatching(/^edge4\/web\/chosen@next has no more conflicts\n/),
    });
    const { spec } = await packages.contents(draft);
    expect(spec.resources).toEqual({ "d.yaml": deployment("shop", "web:9", 5) });
    await packages.publish(draft);
  });

  it("goes back to an earlier revision, and knows its upstream then", async ({ cli, packages }) => {
    await cli("clone", "catalog/web/shop@v1", "edge2/web/back", "--workspace", "first");
    await packages.publish("edge2.deployments.web.back.first");
    await cli("upgrade", "edge2/web/back", "--workspace", "second");
    await packages.publish("edge2.deployments.web.back.second");
    expect(await cli("rollback", "edge2/web/back@v1", "--workspace", "third")).toBe("edge2/web/back@third\n");
    const name = "edge2.deployments.web.back.third";
    expect((await packages.contents(name)).spec.resources?.["d.yaml"]).toBe(deployment("shop", "web:1", 1));
    const published = await packages.publish(name);
    expect(published.status).toMatchObject({ revision: "v3", upstreamLock: { package: "shop", revision: "v1" } });
    expect(await cli("upgrade", "edge2/web/back", "--workspace", "fourth")).toBe("edge2/web/back@fourth\n");
    expect((await packages.contents("edge2.deployments.web.back.fourth")).spec.resources?.["d.yaml"]).toBe(
      deployment("shop", "web:2", 2),
    );
  });

  it("is not begun where it would lose local changes, or where nothing is known", async ({ cli, env, packages }) => {
    await cli("clone", "catalog/web/shop@v1", "edge3/web/shop", "--workspace", "first");
    await packages.save("edge3.deployments.web.shop.first", { "d.yaml": deployment("shop", "web:1", 7) });
    await packages.publish("edge3.deployments.web.shop.first");
    const refused = await cli.run(["upgrade", "edge3/web/shop", "--strategy", "fast-forward"]);
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('the package has local changes in "d.yaml": use the strategy resource-merge');
    const replaced = await cli("upgrade", "edge3/web/shop", "--strategy", "replace", "--workspace", "all");
    expect(replaced).toBe("edge3/web/shop@all\n");
    expect((await packages.contents("edge3.deployments.web.shop.all")).spec.resources?.["d.yaml"]).toBe(
      deployment("shop", "web:2", 2),
    );
    const own = { target: "edge3", repository: "deployments", package: "own", workspace: "one" };
    await packages.createPublished(own, { "a.yaml": note("a") });
    expect(await cli.run(["upgrade", "own"])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("it is not recorded what edge3/own@v1 was made from\n"),
    });
    const object = await packages.create({ ...own, workspace: "two" }, { spec: { tasks: [{ type: "upgrade" }] } });
    const stalled = await env.waitForReason(object, "UpstreamUnknown");
    expect(conditionOf(stalled, "Stalled")?.status).toBe("True");
  });
});
