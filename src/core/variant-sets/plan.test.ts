import { describe, expect, it } from "vitest";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet, PackageVariantSetSpec } from "../../api/v1alpha1/package-variant-set.ts";
import { ANNOTATION_CONFIRM_REMOVALS } from "../../api/v1alpha1/well-known.ts";
import { describePlan, planInSteps, planSet } from "./plan.ts";
import { confirmationOf } from "./removal-guard.ts";

const open = "$" + "{";
const TEMPLATE: PackageVariantSpec = {
  upstream: { repository: "catalog", package: "shop" },
  downstream: { target: `${open}target.name}`, repository: "d", package: "shop" },
};

const NONE = { repositories: [], revisionsOf: () => [], now: 0 };

function setOf(
  names: readonly string[],
  spec: Partial<PackageVariantSetSpec> = {},
  annotations = {},
): PackageVariantSet {
  const targets = [{ list: names.map((name) => ({ name })) }];
  const metadata = { name: "fleet", namespace: "a", annotations };
  return { apiVersion: "", kind: "", metadata, spec: { targets, template: TEMPLATE, ...spec } };
}

function variant(target: string, spec: Partial<PackageVariantSpec> = {}): PackageVariant {
  return {
    apiVersion: "",
    kind: "",
    metadata: { name: `fleet.${target}`, namespace: "a" },
    spec: {
      ...TEMPLATE,
      downstream: { ...TEMPLATE.downstream, target },
      adoptionPolicy: "adoptNone",
      deletionPolicy: "delete",
      ...spec,
    },
  };
}

const plan = (set: PackageVariantSet, ...variants: readonly PackageVariant[]) => {
  const { create, change, remove, ...rest } = planSet({ ...NONE, set, variants });
  const names = { create: create.map(({ name }) => name), change: change.map((one) => one.variant.metadata.name) };
  return { ...rest, ...names, remove: remove.map(({ metadata }) => metadata.name) };
};

describe("planSet", () => {
  it("creates, changes in place and removes variants", () => {
    const changed = variant("b", { deletionPolicy: "orphan" });
    expect(plan(setOf(["a", "b", "c"]), variant("c"), changed, variant("gone"))).toEqual({
      targets: 3,
      create: ["fleet.a"],
      change: ["fleet.b"],
      remove: ["fleet.gone"],
      failed: [],
      removals: { since: "1970-01-01T00:00:00Z", of: 3, count: 1, pending: ["fleet.gone"] },
    });
  });

  it("has nothing to do when everything is as the template says", () => {
    const observation = { ...NONE, set: setOf(["a"]), variants: [variant("a")] };
    expect(describePlan(observation.set, planSet(observation))).toBeUndefined();
  });

  it("tells of a bad target, which stops no other one and keeps its variant", () => {
    const template = { ...TEMPLATE, packageContext: { labels: { team: `${open}target.labels.team}` } } };
    const targets = [{ list: [{ name: "a", labels: { team: "x" } }, { name: "b" }] }];
    expect(plan(setOf([], { template, targets }), variant("b"))).toMatchObject({
      create: ["fleet.a"],
      remove: [],
      failed: [{ target: "b", reason: "InvalidTemplate", message: expect.stringContaining("No such key: team") }],
    });
    expect(plan(setOf(["a", "b", "a"]))).toMatchObject({
      create: ["fleet.b"],
      failed: [{ target: "a", reason: "DuplicateTarget" }],
    });
  });

  it("changes nothing with a template that is wrong for all, or with too many targets", () => {
    const template = { ...TEMPLATE, packageContext: { labels: { team: `${open}nothing.x}` } } };
    expect(plan(setOf(["a"], { template }), variant("gone"))).toMatchObject({
      remove: [],
      held: { reason: "InvalidTemplate", message: expect.stringContaining("spec.template.packageContext.labels.team") },
    });
    expect(plan(setOf(["a", "b"], { maxTargets: 1 }))).toMatchObject({
      create: [],
      held: { reason: "TooManyTargets", message: "2 targets, and spec.maxTargets is 1: nothing is changed" },
    });
  });

  it("plans in steps, and changes nothing that takes too much for all targets together", () => {
    const digits = "[1,2,3,4,5,6,7,8,9,10]";
    const slow = `${open}${digits}.map(a, ${digits}.map(b, ${digits}.map(c, a + b + c))).size()}`;
    const template = { ...TEMPLATE, packageContext: { inputs: [{ slow }] } };
    const names = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);
    const steps = planInSteps({ ...NONE, set: setOf(names(50), { template }), variants: [] });
    expect([...steps]).toHaveLength(51);
    expect(plan(setOf(names(2_000), { template, maxTargets: 2_000 }), variant("gone"))).toMatchObject({
      create: [],
      remove: [],
      held: { reason: "TemplateTooLarge", message: expect.stringContaining("nothing is changed") },
    });
  });

  it("holds the removal of many, until exactly that is confirmed", () => {
    const variants = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map((name) => variant(name));
    const left = setOf(["a", "b", "c", "d", "e", "f", "g", "h"]);
    expect(plan(left, ...variants)).toMatchObject({ remove: ["fleet.i", "fleet.j"] });
    expect(plan(left, ...variants)).not.toHaveProperty("held");
    const less = setOf(["a", "b", "c", "d", "e", "f", "g"]);
    expect(plan(less, ...variants)).toMatchObject({ held: { reason: "TooManyRemovals" } });
    const confirm = confirmationOf(less, variants.slice(7));
    const confirmed = (names: readonly string[]) => setOf(names, {}, { [ANNOTATION_CONFIRM_REMOVALS]: confirm });
    expect(plan(confirmed(["a", "b", "c", "d", "e", "f", "g"]), ...variants)).not.toHaveProperty("held");
    expect(plan(confirmed(["a", "b", "c"]), ...variants)).toMatchObject({ held: { reason: "TooManyRemovals" } });
    // The last one of few may always go.
    expect(plan(setOf(["a"]), variant("a"), variant("b"))).not.toHaveProperty("held");
  });

  it("leaves variants alone that are being deleted", () => {
    const going = {
      ...variant("a"),
      metadata: { ...variant("a").metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    };
    expect(plan(setOf(["a"]), going)).toMatchObject({ create: [], change: [], remove: [] });
  });
});

describe("describePlan", () => {
  it("names what would be done, with the fields that change", () => {
    const set = setOf(["a", "b"]);
    const variants = [variant("b", { upgradeStrategy: "copy", deletionPolicy: "orphan" }), variant("gone")];
    expect(describePlan(set, planSet({ ...NONE, set, variants }))).toEqual({
      create: 1,
      change: 1,
      remove: 1,
      created: ["fleet.a"],
      changed: [
        { name: "fleet.b", fields: ['deletionPolicy: "orphan" → "delete"', 'upgradeStrategy: "copy" → nothing'] },
      ],
      removed: ["fleet.gone"],
      confirm: confirmationOf(set, [variant("gone")]),
    });
  });
});

describe("planSet with a rollout", () => {
  const bound = { ...TEMPLATE, upstream: { ...TEMPLATE.upstream, revision: "v2" } };
  const steps = [{ count: 1 }, { percent: 100 }];
  const rollout = { rollout: { steps }, template: bound };
  const publishedVariant = (target: string): PackageVariant => {
    const made = variant(target, { upstream: bound.upstream });
    const ready = { type: "Ready", status: "True", reason: "Published", message: "", lastTransitionTime: "" } as const;
    const metadata = { ...made.metadata, generation: 1 };
    return { ...made, metadata, status: { observedGeneration: 1, conditions: [ready] } };
  };
  const old = (target: string) => variant(target, { upstream: { ...TEMPLATE.upstream, revision: "v1" } });

  it("changes and creates for the first wave, and removes at once", () => {
    expect(plan(setOf(["a", "b", "c"], rollout), old("a"), old("b"), old("gone"))).toMatchObject({
      create: [],
      change: ["fleet.a"],
      remove: ["fleet.gone"],
      rollout: { status: { state: "Progressing", wave: 1, waves: 2, targets: 3 } },
    });
  });

  it("stays where it is while its upstream is being read, with its pause", () => {
    const catalog = (observedGeneration: number) => ({
      ...{ apiVersion: "", kind: "", metadata: { name: "catalog", namespace: "a", generation: 2 }, spec: {} },
      status: { observedGeneration, lastSyncTime: "2026-01-01T00:00:00Z" },
    });
    const paused = { rollout: { steps: [{ count: 1, pause: { duration: "1h" } }, { percent: 100 }] } };
    const set = setOf(["a", "b"], paused);
    const v2 = { apiVersion: "", kind: "", metadata: { name: "v2", namespace: "a" }, spec: { packageRevID: {} } };
    const published = { ...v2, status: { observedGeneration: 1, lifecycle: "published", revision: "v2" } };
    const planAt = (of: PackageVariantSet, observed: number, minutes: number) => {
      const revisionsOf = () => [published as unknown as PackageRevision];
      const variants = [publishedVariant("a"), old("b")];
      const now = minutes * 60_000;
      return planSet({ set: of, repositories: [catalog(observed)], revisionsOf, variants, now });
    };
    const before = planAt(set, 2, 0).rollout?.status;
    expect(before).toMatchObject({ state: "Paused", wave: 1, pauseStartTime: "1970-01-01T00:00:00Z" });
    const status = { observedGeneration: 1, ...(before !== undefined && { rollout: before }) };
    const waiting = planAt({ ...set, status }, 1, 30);
    expect(waiting).toMatchObject({ create: [], change: [], remove: [], failed: [] });
    expect(waiting.rollout).toEqual({ status: before, writes: [] });
    const after = planAt({ ...set, status }, 2, 59).rollout?.status;
    expect(after).toMatchObject({ state: "Paused", pauseStartTime: "1970-01-01T00:00:00Z" });
    expect(planAt({ ...set, status }, 2, 61).rollout?.status).toMatchObject({ state: "Progressing", wave: 2 });
    // Nothing to hold yet.
    expect(planAt(set, 1, 0)).toMatchObject({ failed: [{ reason: "RepositoryNotReady" }, {}] });
  });

  it("counts targets without a variant as failed in the wave that they are in", () => {
    const packageContext = { labels: { team: `${open}target.labels.team}` } };
    const list = [{ name: "a" }, { name: "b", labels: { team: "x" } }];
    const broken = { ...rollout, template: { ...bound, packageContext }, targets: [{ list }] };
    expect(plan(setOf([], broken))).toMatchObject({
      create: [],
      rollout: { status: { state: "Stopped", failed: ["fleet.a"] } },
    });
    expect(plan(setOf(["a", "b", "a"], rollout))).toMatchObject({
      create: [],
      rollout: { status: { state: "Stopped", failed: ["fleet.a"] } },
    });
  });

  it("says in a dry run what goes out in all waves, and goes on with nothing while it is held", () => {
    const dry = plan(setOf(["a", "b", "c"], { ...rollout, dryRun: true }), old("a"), old("b"));
    expect(dry).toMatchObject({ create: ["fleet.c"], change: ["fleet.a", "fleet.b"] });
    expect(dry).not.toHaveProperty("rollout");
    const held = plan(setOf(["a"], rollout), old("a"), old("b"), old("c"), old("d"));
    expect(held).toMatchObject({ held: { reason: "TooManyRemovals" } });
    expect(held).not.toHaveProperty("rollout");
  });

  it("changes nothing with a window that does not exist", () => {
    const window = { schedule: "61 * * * *", duration: "1h" };
    const wrong = { ...rollout, rollout: { steps: [{ count: 1 }, { percent: 100, window }] } };
    expect(plan(setOf(["a"], wrong), old("a"))).toMatchObject({
      held: { reason: "InvalidWindow", message: expect.stringContaining('spec.rollout: window "61 * * * *"') },
    });
  });
});
