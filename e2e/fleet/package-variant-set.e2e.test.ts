import { describe, expect } from "vitest";
import { testWithVariants } from "./fixtures.ts";

const it = testWithVariants("set");

const open = "$" + "{";
const CATALOG = { repository: "catalog", package: "shop" };
const template = (packageName: string, more: object = {}) => ({
  upstream: CATALOG,
  downstream: { target: `${open}target.name}`, repository: "deployments", package: packageName },
  ...more,
});
const list = (...names: readonly string[]) => [{ list: names.map((name) => ({ name })) }];
const isNamed = (names: readonly string[]) => (all: readonly { metadata: { name: string } }[]) =>
  JSON.stringify(all.map(({ metadata }) => metadata.name).toSorted()) === JSON.stringify(names);

it.beforeAll(async ({ env, packages }) => {
  await env.git.createRepository("catalog");
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
  await packages.createPublished({ ...CATALOG, workspace: "one" }, { "a.yaml": "kind: A\n" });
});

describe("a PackageVariantSet", () => {
  it("has a variant for each target, changes them in place, and follows what they publish", async ({
    packages,
    variants,
    sets,
  }) => {
    const fields = { replicas: 3 };
    const targets = [
      {
        list: [
          { name: "a1", labels: { team: "x" }, fields },
          { name: "a2", labels: { team: "y" } },
        ],
      },
    ];
    const input = { kind: "Scale", spec: { team: `${open}target.labels.team}` } };
    const inputs = [input, { kind: "B", n: `${open}'replicas' in target.fields ? target.fields.replicas : 1}` }];
    const labelled = template("placed", { packageContext: { inputs } });
    await sets.create("placed", { targets, template: labelled });
    const { status } = await sets.waitFor("placed", "has counted", (one) => one.status?.ready === 2);
    expect(status).toMatchObject({ targets: 2, variants: 2, published: 0 });
    const first = (await variants.waitForReason("placed.a1", "DraftReady")).status?.draft ?? "";
    expect(first).toContain("a1.deployments.placed.pv-");
    expect((await packages.get(first)).spec.inputs).toEqual([
      { kind: "Scale", spec: { team: "x" } },
      { kind: "B", n: 3 },
    ]);
    const second = (await variants.waitForReason("placed.a2", "DraftReady")).status?.draft ?? "";
    expect((await packages.get(second)).spec.inputs?.[1]).toEqual({ kind: "B", n: 1 });
    await packages.publish(first);
    await sets.waitFor("placed", "counts what is published", (one) => one.status?.published === 1);

    const { metadata } = await variants.get("placed.a1");
    await sets.patch("placed", { spec: { template: { packageContext: { inputs: [input] } } } });
    await variants.waitFor("placed.a1", "has other inputs", ({ spec }) => spec.packageContext?.inputs?.length === 1);
    expect((await variants.get("placed.a1")).metadata.uid).toBe(metadata.uid);
    // A change of a variant by hand is undone.
    await variants.change("placed.a1", { deletionPolicy: "orphan" });
    await variants.waitFor("placed.a1", "is as its set says", ({ spec }) => spec.deletionPolicy === "delete");
    await sets.waitForReason("placed", "UpToDate");
  });

  it("tells of a bad target by name, and stops no other one", async ({ variants, sets }) => {
    const targets = [
      { list: [{ name: "b1", labels: { team: "x" } }, { name: "b2" }, { name: "B 3", labels: { team: "y" } }] },
    ];
    const packageContext = { labels: { team: `${open}target.labels.team}` } };
    await sets.create("bad", { targets, template: template("bad", { packageContext, deletionPolicy: "orphan" }) });
    const { status } = await sets.waitForReason("bad", "TargetsFailed");
    expect(status?.failed).toEqual([
      { target: "b2", reason: "InvalidTemplate", message: expect.stringContaining("No such key: team") },
    ]);
    await variants.waitForReason("bad.b1", "DraftReady");
    const longLabel = "x".repeat(64);
    const refused = {
      list: [
        { name: "b4", labels: { team: longLabel } },
        { name: "b1", labels: { team: "x" } },
      ],
    };
    await sets.patch("bad", { spec: { targets: [refused], maxRemovalPercent: 100 } });
    const after = await sets.waitFor(
      "bad",
      "is refused",
      (one) => one.status?.failed?.[0]?.reason === "VariantRefused",
    );
    expect(after.status?.failed).toEqual([
      {
        target: "bad.b4",
        reason: "VariantRefused",
        message: expect.stringContaining("spec.packageContext.labels.team"),
      },
    ]);
  });

  it("takes Repositories by their labels, and follows them", async ({ env, sets }) => {
    for (const name of ["r1", "r2", "r3"]) {
      await env.git.createRepository(name);
      await env.register(name, { deployment: true });
    }
    const label = async (name: string, tier: string | null) =>
      await env.as("admin")("label", "--overwrite", "pkgrepo", name, tier === null ? "tier-" : `tier=${tier}`);
    await label("r1", "edge");
    await label("r2", "edge");
    const downstream = { target: "site", repository: `${open}target.name}`, package: "shop" };
    const targets = [{ repositories: { selector: { matchLabels: { tier: "edge" } } } }];
    await sets.create("selects", { targets, template: { upstream: CATALOG, downstream } });
    await sets.waitFor("selects", "has two", (one) => one.status?.ready === 2);
    await label("r3", "edge");
    await sets.waitFor("selects", "has three", (one) => one.status?.ready === 3);
    // Two of three are held, also one after the other.
    await label("r2", null);
    await sets.waitFor("selects", "has two again", (one) => one.status?.variants === 2 && one.status.targets === 2);
    await env.restartOperator("stop");
    await label("r1", null);
    const { status } = await sets.waitForReason("selects", "TooManyRemovals");
    expect(status).toMatchObject({ variants: 2, removals: { of: 3, count: 1 }, plan: { removed: ["selects.r1"] } });
  });

  it("removes no more than it may without a confirmation, and nothing beyond its cap", async ({
    env,
    variants,
    sets,
  }) => {
    const names = ["c1", "c2", "c3", "c4", "c5"];
    await sets.create("guarded", { targets: list(...names), template: template("guarded"), maxTargets: 5 });
    await sets.waitFor("guarded", "has five", (one) => one.status?.ready === 5);
    const all = async () => await env.as("admin").getJson<{ items: { metadata: { name: string } }[] }>("pkgvar");
    const own = async () => (await all()).items.filter(({ metadata }) => metadata.name.startsWith("guarded."));
    await sets.patch("guarded", { spec: { targets: list("c1") } });
    const { status } = await sets.waitForReason("guarded", "TooManyRemovals");
    const removed = ["guarded.c2", "guarded.c3", "guarded.c4", "guarded.c5"];
    expect(status?.plan).toMatchObject({ create: 0, change: 0, remove: 4, removed });
    expect(isNamed(["guarded.c1", ...removed])(await own())).toBe(true);
    const confirm = { "config.pkg.pkgserver.dev/confirm-removals": status?.plan?.confirm ?? "" };
    await sets.patch("guarded", { metadata: { annotations: confirm } });
    await sets.waitForReason("guarded", "UpToDate");
    for (const name of removed) await variants.waitUntilGone(name);
    expect((await sets.get("guarded")).status).not.toHaveProperty("plan");
    await sets.patch("guarded", { spec: { targets: list("c1", "c2", "c3", "c4", "c5", "c6") } });
    await sets.waitForReason("guarded", "TooManyTargets");
    expect(isNamed(["guarded.c1"])(await own())).toBe(true);
  });

  it("says in a dry run what it would do, and does nothing", async ({ env, sets, variants }) => {
    await sets.create("dry", { targets: list("d1", "d2"), template: template("dry"), dryRun: true });
    expect((await sets.waitForReason("dry", "DryRun")).status).toMatchObject({
      targets: 2,
      variants: 0,
      plan: { create: 2, change: 0, remove: 0, created: ["dry.d1", "dry.d2"] },
    });
    await sets.patch("dry", { spec: { dryRun: false } });
    await sets.waitFor("dry", "has two", (one) => one.status?.ready === 2);
    await sets.patch("dry", { spec: { dryRun: true, template: { upgradeStrategy: "copy" } } });
    expect((await sets.waitForReason("dry", "DryRun")).status?.plan).toMatchObject({
      change: 2,
      changed: [{ name: "dry.d1", fields: ['upgradeStrategy: nothing → "copy"'] }, { name: "dry.d2" }],
    });
    expect((await variants.get("dry.d1")).spec).not.toHaveProperty("upgradeStrategy");
    expect(await env.as("alice")("get", "pkgvarset", "dry")).toMatch(
      /^NAME +READY +STATUS +TARGETS +PUBLISHED +AGE\ndry +True +DryRun +2 +0 /,
    );
  });

  it("records who has made and changed the set in what it makes", async ({ packages, sets, variants }) => {
    await sets.create("named", { targets: list("e1"), template: template("named") }, "alice");
    await sets.waitFor("named", "has one", (one) => one.status?.ready === 1);
    await sets.patch("named", { spec: { template: { packageContext: { labels: { a: "b" } } } } }, "carol");
    const changed = await variants.waitFor("named.e1", "is changed", ({ spec }) => spec.packageContext !== undefined);
    expect(changed.metadata.annotations).toEqual({ "pkg.pkgserver.dev/changed-by": "alice\ncarol" });
    const current = await variants.waitForReason("named.e1", "DraftReady");
    expect((await packages.get(current.status?.draft ?? "")).metadata).toMatchObject({
      labels: { a: "b" },
      annotations: { "pkg.pkgserver.dev/changed-by": "alice\ncarol" },
    });
  });
});
