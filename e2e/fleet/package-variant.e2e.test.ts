import { describe, expect } from "vitest";
import { createGitReader } from "../testenv/git-reader.ts";
import { testWithVariants } from "./fixtures.ts";

const it = testWithVariants("variant");

const configMap = (name: string, data: object) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: ${JSON.stringify(data)}\n`;
const catalog = (name: string) => ({ repository: "catalog", realm: "web", package: name });
const target = (name: string, edge = "edge1") => ({ target: edge, repository: "deployments", package: name });
const input = (replicas: number) => ({
  apiVersion: "example.com/v1",
  kind: "Scale",
  metadata: { name: "scale" },
  spec: { replicas },
});

it.beforeAll(async ({ env, packages }) => {
  await env.git.createRepository("catalog");
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  await packages.createPublished({ ...catalog("shop"), workspace: "one" }, { "a.yaml": configMap("a", { n: "1" }) });
});

describe("a PackageVariant", () => {
  it("makes a draft, follows its upstream and its inputs, and keeps what was published", async ({
    env,
    packages,
    variants,
  }) => {
    const spec = { upstream: catalog("shop"), downstream: target("follows") };
    const labelled = {
      ...spec,
      packageContext: { inputs: [input(1)], labels: { team: "web" }, annotations: { a: "b" } },
    };
    await variants.create("follows", labelled);
    const { status } = await variants.waitForReason("follows", "DraftReady");
    const first = status?.draft ?? "";
    expect(status).toMatchObject({ upstreamRevision: "v1", workspace: expect.stringMatching(/^pv-[0-9a-f]{16}$/) });
    expect(first).toBe(`edge1.deployments.follows.${status?.workspace}`);
    const draft = await packages.get(first);
    expect(draft).toMatchObject({
      metadata: { labels: { team: "web" }, annotations: { a: "b" } },
      spec: {
        packageRevID: { target: "edge1", repository: "deployments", package: "follows", workspace: status?.workspace },
        tasks: [{ type: "clone" }],
        upstream: { ...catalog("shop"), revision: "v1" },
        inputs: [input(1)],
      },
      status: { upstreamLock: { revision: "v1" } },
    });
    expect((await packages.contents(first)).spec.resources).toEqual({ "a.yaml": configMap("a", { n: "1" }) });

    // Its own draft is replaced, as nobody has touched it.
    await variants.change("follows", { packageContext: { inputs: [input(2)] } });
    await packages.waitUntilGone(first);
    const second = (await variants.waitForReason("follows", "DraftReady")).status?.draft ?? "";
    expect((await packages.get(second)).spec.inputs).toEqual([input(2)]);
    await packages.propose(second);
    await variants.waitForReason("follows", "Proposed");
    await packages.publish(second);
    expect((await variants.waitForReason("follows", "Published")).status).toMatchObject({ published: second });

    // Only the inputs: no upgrade.
    await variants.change("follows", { packageContext: { inputs: [input(3)] } });
    const third = (await variants.waitForReason("follows", "DraftReady")).status?.draft ?? "";
    expect((await packages.get(third)).spec.tasks).toBeUndefined();
    await packages.publish(third);
    await variants.waitForReason("follows", "Published");

    await packages.createPublished({ ...catalog("shop"), workspace: "two" }, { "a.yaml": configMap("a", { n: "2" }) });
    const upgraded = await variants.waitFor("follows", "follows v2", (one) => one.status?.upstreamRevision === "v2");
    expect(upgraded.status?.workspace).toBe((await packages.get(third)).spec.packageRevID.workspace);
    const fourth = (await variants.waitForReason("follows", "DraftReady")).status?.draft ?? "";
    expect(fourth).toBe(`edge1.deployments.follows.${upgraded.status?.workspace}-v2`);
    expect((await packages.get(fourth)).spec).toMatchObject({
      tasks: [{ type: "upgrade" }],
      upstream: { revision: "v2" },
    });
    expect((await packages.contents(fourth)).spec.resources).toEqual({ "a.yaml": configMap("a", { n: "2" }) });
    await packages.publish(fourth);
    await variants.waitForReason("follows", "Published");
    const git = createGitReader(env.git, "deployments");
    expect(await git.files("edge1/follows/v3", "edge1/follows")).toEqual({ "a.yaml": configMap("a", { n: "2" }) });
    expect((await git("tag", "--list", "edge1/follows/v*")).split("\n").toSorted()).toEqual([
      "edge1/follows/v1",
      "edge1/follows/v2",
      "edge1/follows/v3",
    ]);
  });

  it("never replaces a draft that a person has edited, or that is proposed", async ({ packages, variants }) => {
    const spec = { upstream: { ...catalog("shop"), revision: "v1" }, downstream: target("touched") };
    await variants.create("touched", spec);
    const draft = (await variants.waitForReason("touched", "DraftReady")).status?.draft ?? "";
    await packages.save(draft, { "b.yaml": configMap("b", {}) });
    await variants.change("touched", { packageContext: { inputs: [input(1)] } });
    const { status } = await variants.waitForReason("touched", "DraftEdited");
    expect(status?.conditions).toContainEqual(
      expect.objectContaining({ type: "Stalled", message: expect.stringContaining(`draft ${draft} was edited`) }),
    );
    expect((await packages.contents(draft)).spec.resources).toHaveProperty(["b.yaml"]);
    await packages.propose(draft);
    await variants.waitForReason("touched", "ProposalOutdated");
    // What was edited is published, and the next draft has the new inputs with the edits.
    await packages.publish(draft);
    const next = (await variants.waitForReason("touched", "DraftReady")).status?.draft ?? "";
    expect((await packages.contents(next)).spec.resources).toHaveProperty(["b.yaml"]);
    expect((await packages.get(next)).spec.inputs).toEqual([input(1)]);

    // A change of the spec by a user counts as well.
    await packages.patch(next, { spec: { inputs: [input(7)] } });
    await variants.change("touched", { packageContext: { inputs: [input(8)] } });
    await variants.waitForReason("touched", "DraftEdited");
    await packages.delete(next);
    const last = (await variants.waitForReason("touched", "DraftReady")).status?.draft ?? "";
    expect((await packages.get(last)).spec.inputs).toEqual([input(8)]);
  });

  it("keeps an edit of its draft that the operator has not seen when the variant changes", async ({
    env,
    packages,
    variants,
  }) => {
    const names = Array.from({ length: 8 }, (_, index) => `late-${index}`);
    const drafts = new Map<string, string>();
    for (const name of names) {
      await variants.create(name, { upstream: catalog("shop"), downstream: target(name) });
      drafts.set(name, (await variants.waitForReason(name, "DraftReady")).status?.draft ?? "");
    }
    await env.operator.stop();
    for (const [name, draft] of drafts) {
      const resources = { "late.yaml": configMap("late", {}) };
      await packages.request("alice", "merge", `packagerevisionresourceses/${draft}`, { spec: { resources } });
      await variants.change(name, { packageContext: { inputs: [input(1)] } });
    }
    await env.restartOperator("stop");
    for (const [name, draft] of drafts) {
      await variants.waitForReason(name, "DraftEdited");
      expect((await packages.contents(draft)).spec.resources).toHaveProperty(["late.yaml"]);
    }
  });

  it("reports inputs that are nested too deeply", async ({ variants }) => {
    let deep: Record<string, unknown> = {};
    for (let depth = 0; depth < 600; depth++) deep = { a: deep };
    const spec = { upstream: catalog("shop"), downstream: target("deep") };
    await variants.create("deep", { ...spec, packageContext: { inputs: [deep] } });
    await variants.waitForReason("deep", "MetadataTooLarge");
  });

  it("leaves what it has not made alone, and adopts it only if it is told to", async ({ packages, variants }) => {
    const id = { ...target("adopted"), workspace: "by-hand" };
    const more = { spec: { tasks: [{ type: "clone" }], upstream: { ...catalog("shop"), revision: "v1" } } };
    const name = await packages.createDraft(id, undefined, more);
    const spec = { upstream: { ...catalog("shop"), revision: "v1" }, downstream: target("adopted") };
    await variants.create("adopts", spec);
    await variants.waitForReason("adopts", "DownstreamExists");
    await packages.publish(name);
    await variants.waitForReason("adopts", "DownstreamExists");
    await variants.create("rival", { ...spec, adoptionPolicy: "adoptExisting" });
    await variants.waitForReason("rival", "DownstreamTaken");
    expect((await packages.get(name)).metadata.annotations).not.toHaveProperty(["config.pkg.pkgserver.dev/variant"]);
    await variants.change("adopts", { adoptionPolicy: "adoptExisting" });
    expect((await variants.waitForReason("adopts", "DraftReady")).status).toMatchObject({
      adopted: [name],
      published: name,
    });
  });

  it("goes with its drafts, and proposes the deletion of what is published", async ({ packages, variants }) => {
    const spec = { upstream: { ...catalog("shop"), revision: "v1" }, downstream: target("goes") };
    await variants.create("goes", spec);
    const published = (await variants.waitForReason("goes", "DraftReady")).status?.draft ?? "";
    await packages.publish(published);
    await variants.change("goes", { packageContext: { inputs: [input(1)] } });
    const draft = (await variants.waitForReason("goes", "DraftReady")).status?.draft ?? "";
    await variants.delete("goes");
    await packages.waitUntilGone(draft);
    await packages.waitForReason(published, "DeletionProposed");
    expect((await packages.get(published)).metadata.annotations).not.toHaveProperty([
      "pkg.pkgserver.dev/lifecycle-changed-by",
    ]);
    await packages.delete(published, "bob");
    await packages.waitUntilGone(published);

    await variants.create("stays", { ...spec, downstream: target("stays"), deletionPolicy: "orphan" });
    const kept = (await variants.waitForReason("stays", "DraftReady")).status?.draft ?? "";
    await variants.delete("stays");
    await variants.waitUntilGone("stays");
    expect((await packages.get(kept)).metadata.deletionTimestamp).toBeUndefined();
  });

  it("ends what it had elsewhere only after the new package is published", async ({ packages, variants }) => {
    await variants.create("moves", {
      upstream: { ...catalog("shop"), revision: "v1" },
      downstream: target("before"),
    });
    const before = (await variants.waitForReason("moves", "DraftReady")).status?.draft ?? "";
    await packages.publish(before);
    await variants.waitForReason("moves", "Published");
    await variants.change("moves", { downstream: { package: "after" } });
    const after = (await variants.waitForReason("moves", "DraftReady")).status?.draft ?? "";
    expect(after).toContain("deployments.after.pv-");
    expect((await packages.get(before)).spec.lifecycle).toBe("published");
    await packages.publish(after);
    await packages.waitForReason(before, "DeletionProposed");
    expect((await variants.waitForReason("moves", "Published")).status?.published).toBe(after);
  });

  it("tells what is wrong, waits for it to be put right, and stops no other variant", async ({
    packages,
    variants,
  }) => {
    const wrong = [
      ["no-upstream", { upstream: catalog("missing"), downstream: target("w1") }, "UpstreamNotFound"],
      [
        "no-repository",
        { upstream: { repository: "gone", package: "x" }, downstream: target("w2") },
        "RepositoryNotFound",
      ],
      [
        "no-range",
        { upstream: { ...catalog("shop"), revision: "newest" }, downstream: target("w3") },
        "InvalidRevision",
      ],
      [
        "no-target",
        { upstream: { ...catalog("shop"), revision: "v1" }, downstream: { repository: "deployments", package: "w4" } },
        "DraftStalled",
      ],
    ] as const;
    for (const [name, spec] of wrong) await variants.create(name, spec);
    for (const [name, , reason] of wrong) await variants.waitForReason(name, reason);
    await variants.create("good", { upstream: { ...catalog("shop"), revision: "^1" }, downstream: target("w5") });
    expect((await variants.waitForReason("good", "DraftReady")).status?.upstreamRevision).toBe("v1");
    await packages.createPublished({ ...catalog("missing"), workspace: "one" }, { "a.yaml": configMap("a", {}) });
    await variants.waitForReason("no-upstream", "DraftReady");
  });
});
