import { describe, expect } from "vitest";
import { ANNOTATION_REBASE_REQUESTED_BY } from "../../src/api/v1alpha1/well-known.ts";
import { testWithCli } from "../testenv/cli.ts";
import { pushExternally } from "../testenv/external-push.ts";
import { createGitReader } from "../testenv/git-reader.ts";
import type { Packages } from "../testenv/packages.ts";

const it = testWithCli("rebase");

function deployment(image: string, replicas: number): string {
  return `apiVersion: apps/v1
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
const idOf = (name: string, workspace: string) => ({ repository: "catalog", package: name, workspace });

/** A package with v1, a draft `mine` from it, and v2 since. Returns the draft's name. */
async function overtaken(
  packages: Packages,
  name: string,
  mine: Readonly<Record<string, string>>,
  theirs: Readonly<Record<string, string>>,
): Promise<string> {
  await packages.createPublished(idOf(name, "one"), { "d.yaml": deployment("web:1", 1) });
  const draft = await packages.createDraft(idOf(name, "mine"));
  await packages.save(draft, mine);
  await packages.publish(await packages.createDraft(idOf(name, "two"), theirs));
  await packages.waitFor(draft, "is behind", ({ status }) => status?.outdatedBy === "v2");
  return draft;
}

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("catalog");
  await env.register("catalog");
});

describe("the rebase of a draft", () => {
  it("merges what was published since, and is then reviewed, published and audited as any other draft", async ({
    cli,
    env,
    packages,
  }) => {
    const theirs = { "d.yaml": deployment("web:2", 1), "new.yaml": note("new") };
    const draft = await overtaken(
      packages,
      "plain",
      { "d.yaml": deployment("web:1", 3), "own.yaml": note("own") },
      theirs,
    );
    expect(await cli("get", "--behind", "plain")).toMatch(
      /^NAME .* BASE +OUTDATED-BY\ncatalog\.catalog\.plain\.mine .* v1 +v2\n$/,
    );
    expect(await cli("show", "plain@mine")).toMatch(/^Began from: +v1 \(v2 is the latest: rebase it\)$/m);
    await packages.propose(draft);
    expect(await cli.run(["rebase", "plain@mine"])).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/plain@mine is proposed, and not draft\nto make it a draft again: .* withdraw/),
    });
    await packages.approve(draft);
    const { status: held } = await packages.waitForReason(draft, "OutdatedBase");
    expect(held?.conditions?.find(({ type }) => type === "Ready")?.message).toContain("kubectl pkg rebase");
    await packages.setLifecycle(draft, "draft", "alice");
    await packages.waitForReason(draft, "Draft");

    const rebased = await cli.run(["rebase", "plain@mine"]);
    expect(rebased).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('rebased onto v2, as "alice" has asked'),
    });
    expect((await packages.contents(draft)).spec.resources).toEqual({
      "d.yaml": deployment("web:2", 3),
      "new.yaml": note("new"),
      "own.yaml": note("own"),
    });
    const { status } = await packages.get(draft);
    expect(status).toMatchObject({ base: { revision: "v2" }, lastRebase: { result: "Rebased" } });
    expect(status).not.toHaveProperty("outdatedBy");
    // As a reviewer sees it: against v2, of which it changes one object and adds one.
    await packages.waitFor(draft, "is compared with v2", (one) => {
      return one.status?.changes === "+1 ~1 -0 resources";
    });
    expect(await cli("get", "--behind", "plain")).toBe("");
    expect(await cli.run(["rebase", "plain@mine"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("it is based on v2, and refs/heads/main has no other changes of it"),
    });
    await packages.publish(draft);

    const git = createGitReader(env.git, "catalog");
    const subjects = (await git("log", "--first-parent", "-4", "--format=%an: %s", "plain/v3")).split("\n");
    expect(subjects).toEqual([
      "alice: Propose plain (mine)",
      "pkgserver: Rebase plain (mine): v1 → v2",
      "alice: Return plain (mine) to draft",
      "alice: Propose plain (mine)",
    ]);
    const trailers = await git("log", "-1", "--format=%(trailers:key=Rebased-By,key=Rebased-Onto)", "plain/v3~1");
    expect(trailers.trim()).toBe("Rebased-By: alice\nRebased-Onto: v2");
  });

  it("lists what both have changed, and is not proposed before that is resolved", async ({ cli, packages }) => {
    const draft = await overtaken(
      packages,
      "clash",
      { "d.yaml": deployment("web:1", 3) },
      { "d.yaml": deployment("web:2", 2) },
    );
    const rebased = await cli.run(["rebase", "clash@mine"]);
    expect(rebased).toMatchObject({ code: 0, stderr: expect.stringContaining("Validated: ValidationFailed: ") });
    expect((await packages.contents(draft)).spec.resources).toMatchObject({
      "d.yaml": deployment("web:2", 3),
      "merge-conflicts.yaml": expect.stringContaining("field: spec.replicas\n"),
    });
    await packages.setLifecycle(draft, "proposed");
    await packages.waitForReason(draft, "ValidationFailed");
    await packages.setLifecycle(draft, "draft");
    await cli("resolve", "clash@mine", "--theirs");
    expect((await packages.contents(draft)).spec.resources).toEqual({ "d.yaml": deployment("web:2", 2) });
    await packages.publish(draft);
  });

  it("takes in what others have pushed to main", async ({ cli, env, packages }) => {
    await packages.createPublished(idOf("ahead", "one"), { "a.yaml": note("a"), "b.yaml": note("b") });
    const draft = await packages.createDraft(idOf("ahead", "mine"));
    await packages.save(draft, { "b.yaml": note("mine") });
    const [commit = ""] = await pushExternally(env.git, "catalog", { files: { "ahead/c.yaml": note("c") } });
    await env.sync("catalog");
    expect(await cli.run(["rebase", "ahead@mine"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`rebased onto v1, main ${commit}`),
    });
    expect((await packages.get(draft)).status?.base).toMatchObject({ revision: "v1", mainCommit: commit });
    await packages.publish(draft);
    const git = createGitReader(env.git, "catalog");
    expect(await git.files("main", "ahead")).toEqual({
      "a.yaml": note("a"),
      "b.yaml": note("mine"),
      "c.yaml": note("c"),
    });
  });

  it("is asked for with an annotation, by those who may edit", async ({ packages }) => {
    const draft = await overtaken(
      packages,
      "kubectl",
      { "own.yaml": note("own") },
      { "d.yaml": deployment("web:2", 1) },
    );
    const ask = (user: string) => ({ metadata: { annotations: { [ANNOTATION_REBASE_REQUESTED_BY]: user } } });
    await expect(packages.patch(draft, ask("bob"), "bob")).rejects.toThrow(
      "it needs update on packagerevisionresourceses",
    );
    await packages.patch(draft, ask("alice"), "alice");
    const { status } = await packages.waitFor(draft, "is answered", ({ metadata, status: now }) => {
      return metadata.annotations?.[ANNOTATION_REBASE_REQUESTED_BY] === undefined && now?.base?.revision === "v2";
    });
    expect(status?.lastRebase?.message).toBe('rebased onto v2, as "alice" has asked');
  });
});
