import { describe, expect } from "vitest";
import { ANNOTATION_ROLLOUT } from "../../src/api/v1alpha1/well-known.ts";
import { waitUntil } from "../harness/wait.ts";
import type { TestEnv } from "../testenv/env.ts";
import type { Packages } from "../testenv/packages.ts";
import type { VariantSets } from "../testenv/variant-sets.ts";
import type { Variants } from "../testenv/variants.ts";
import { testWithVariants } from "./fixtures.ts";

const it = testWithVariants("rollout");

const open = "$" + "{";
const NAMES = ["t1", "t2", "t3", "t4", "t5", "t6"] as const;
const configMap = (n: number) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  n: "${n}"\n`;

interface World {
  readonly env: TestEnv;
  readonly packages: Packages;
  readonly variants: Variants;
  readonly sets: VariantSets;
}

/** A set of six targets: a canary, two of the region eu, and the others, which are made from a package of their own. */
function fleet({ env, packages, variants, sets }: World, name: string) {
  const upstream = { repository: "catalog", package: name };
  const one = (target: string) => `${name}.${target}`;
  return {
    publishUpstream: async (n: number) => {
      const id = { ...upstream, workspace: `w${n}` };
      await packages.createPublished(id, { "a.yaml": configMap(n) });
    },
    create: async (
      steps: readonly object[] = [{ count: 1 }, { selector: { matchLabels: { region: "eu" } } }, { percent: 100 }],
    ) => {
      const list = NAMES.map((each) => ({ name: each, labels: { region: each < "t4" ? "eu" : "us" } }));
      const template = {
        upstream,
        downstream: { target: `${open}target.name}`, repository: "deployments", package: name },
      };
      return await sets.create(name, { targets: [{ list }], template, rollout: { steps } });
    },
    template: async (body: object) => await sets.patch(name, { spec: { template: body } }),
    /** The revision of the upstream that each target is to have, `-` without a variant. */
    revisions: async () => {
      const all = await env
        .as("admin")
        .getJson<{ items: { metadata: { name: string }; spec: { upstream: object } }[] }>("pkgvar");
      const byName = new Map(all.items.map(({ metadata, spec }) => [metadata.name, spec.upstream]));
      return NAMES.map((each) => (byName.get(one(each)) as { revision?: string } | undefined)?.revision ?? "-").join(
        " ",
      );
    },
    /** Publishes the drafts of targets that follow this revision. */
    publish: async (revision: string, ...targets: readonly string[]) => {
      for (const target of targets) {
        const isOf = `has a draft of ${revision}`;
        const { status } = await variants.waitFor(one(target), isOf, ({ metadata, status: now, spec }) => {
          const ready = now?.conditions?.find(({ type }) => type === "Ready");
          return (
            spec.upstream.revision === revision &&
            now?.observedGeneration === metadata.generation &&
            ready?.reason === "DraftReady"
          );
        });
        await packages.publish(status?.draft ?? "");
      }
    },
    waitForState: async (state: string, wave: number) =>
      await sets.waitFor(name, `is ${state} in wave ${wave}`, ({ status }) => {
        return status?.rollout?.state === state && status.rollout.wave === wave;
      }),
    decide: async (value: string) =>
      await sets.patch(name, { metadata: { annotations: { [ANNOTATION_ROLLOUT]: value } } }),
  };
}

it.beforeAll(async ({ env }) => {
  await env.git.createRepository("catalog");
  await env.register("catalog");
  await env.git.createRepository("deployments");
  await env.register("deployments", { deployment: true });
});

describe("a rollout", () => {
  it("goes out wave by wave, for a new set and for a new revision of the upstream", async ({
    env,
    packages,
    variants,
    sets,
  }) => {
    const own = fleet({ env, packages, variants, sets }, "waves");
    await own.publishUpstream(1);
    await own.create();
    const { status } = await own.waitForState("Progressing", 1);
    expect(status?.rollout).toMatchObject({ waves: 3, progress: "0/6 published, wave 1 of 3" });
    expect(await own.revisions()).toBe("v1 - - - - -");
    await own.publish("v1", "t1");
    await own.waitForState("Progressing", 2);
    await own.publish("v1", "t2", "t3");
    await own.publish("v1", "t4", "t5", "t6");
    await own.waitForState("Completed", 3);
    await sets.waitForReason("waves", "UpToDate");

    await own.publishUpstream(2);
    await variants.waitFor("waves.t1", "has v2", ({ spec }) => spec.upstream.revision === "v2");
    await own.waitForState("Progressing", 1);
    // Also what nobody has asked to change: the others follow no upstream by themselves.
    expect(await own.revisions()).toBe("v2 v1 v1 v1 v1 v1");
    await own.publish("v2", "t1");
    await own.publish("v2", "t2");
    await sets.waitFor("waves", "has two published", (one) => one.status?.rollout?.published === 2);
    // A change in the middle begins with the first wave, and reaches only that.
    await own.publishUpstream(3);
    await variants.waitFor("waves.t1", "has v3", ({ spec }) => spec.upstream.revision === "v3");
    await own.waitForState("Progressing", 1);
    expect(await own.revisions()).toBe("v3 v2 v2 v1 v1 v1");
  });

  it("pauses until somebody resumes, aborts, and resumes again", async ({ env, packages, variants, sets }) => {
    const own = fleet({ env, packages, variants, sets }, "paused");
    await own.publishUpstream(1);
    await own.create([{ count: 1, pause: {} }, { count: 2 }, { percent: 100 }]);
    await own.publish("v1", "t1");
    const paused = await own.waitForState("Paused", 1);
    expect(paused.status?.conditions).toContainEqual(
      expect.objectContaining({ type: "Ready", status: "False", reason: "RolloutPaused" }),
    );
    await env.restartOperator("kill");
    await own.decide(paused.status?.rollout?.resume ?? "");
    await own.publish("v1", "t2");
    const { status } = await own.waitForState("Progressing", 2);
    await own.decide(`abort:${status?.rollout?.id}`);
    await own.waitForState("Aborted", 2);
    await sets.waitForReason("paused", "RolloutAborted");
    await own.publish("v1", "t3");
    await sets.waitFor("paused", "has three published", (one) => one.status?.rollout?.published === 3);
    expect(await own.revisions()).toBe("v1 v1 v1 - - -");
    await own.decide((await sets.get("paused")).status?.rollout?.resume ?? "");
    await own.publish("v1", "t4", "t5", "t6");
    await own.waitForState("Completed", 3);
  });

  it("stops at a target that fails, and rolls back what went out", async ({ env, packages, variants, sets }) => {
    const own = fleet({ env, packages, variants, sets }, "stopped");
    await own.publishUpstream(1);
    await own.create();
    await own.publish("v1", ...NAMES);
    await own.waitForState("Completed", 3);
    await own.publishUpstream(2);
    await own.publish("v2", "t1");
    // A person has edited the draft of t2: the next change cannot replace it.
    const { status } = await variants.waitFor("stopped.t2", "has a draft of v2", (one) => {
      const isNow = one.status?.observedGeneration === one.metadata.generation && one.spec.upstream.revision === "v2";
      return isNow && one.status?.conditions?.find(({ type }) => type === "Ready")?.reason === "DraftReady";
    });
    await packages.save(status?.draft ?? "", { "b.yaml": configMap(7) });
    await variants.waitFor("stopped.t2", "is in the second wave", ({ metadata }) => metadata.generation !== undefined);
    await own.template({ packageContext: { labels: { team: "x" } } });
    await own.publish("v2", "t1");
    await sets.waitForReason("stopped", "RolloutStopped");
    expect((await sets.get("stopped")).status?.rollout).toMatchObject({ wave: 2, failed: ["stopped.t2"] });
    const { rollout } = (await sets.get("stopped")).status ?? {};
    await own.decide(`rollback:${rollout?.id}`);
    await own.waitForState("RolledBack", 2);
    await waitUntil("what went out is taken back", own.revisions, { until: (now) => now === "v2 v1 v1 v1 v1 v1" });
    // What it had before was published with v2, and without the label.
    await variants.waitFor("stopped.t1", "is as before", ({ spec }) => spec.packageContext?.labels === undefined);
    await own.publish("v2", "t1");
    const git = await packages.get((await variants.waitForReason("stopped.t1", "Published")).status?.published ?? "");
    expect(git.metadata.labels).not.toHaveProperty("team");
  });

  it("takes a whole rollout back to the files that there were before", async ({ env, packages, variants, sets }) => {
    const own = fleet({ env, packages, variants, sets }, "back");
    await own.publishUpstream(1);
    await own.create([{ percent: 100 }]);
    await own.publish("v1", ...NAMES);
    await own.publishUpstream(2);
    await own.publish("v2", ...NAMES);
    const { status } = await own.waitForState("Completed", 1);
    await own.decide(`rollback:${status?.rollout?.id}`);
    await own.publish("v1", ...NAMES);
    const done = await sets.waitFor("back", "is rolled back", (one) => one.status?.rollout?.published === 6);
    expect(done.status?.rollout).toMatchObject({ state: "RolledBack", progress: "6/6 rolled back, wave 1 of 1" });
    const { status: after } = await variants.get("back.t4");
    expect((await packages.contents(after?.published ?? "")).spec.resources).toEqual({ "a.yaml": configMap(1) });
    expect((await packages.get(after?.published ?? "")).status?.revision).toBe("v3");
  });

  it("refuses steps that cannot be", async ({ env, packages, variants, sets }) => {
    const own = fleet({ env, packages, variants, sets }, "refused");
    const window = { schedule: "0 22 * * *", duration: "2h" };
    const wrong = [
      [{ count: 1, percent: 10 }, "exactly one of count, percent, selector is needed"],
      [{ pause: {} }, "exactly one of count, percent, selector is needed"],
      [{ count: 1, pause: { duration: "0s" } }, "pause.duration must be a duration between 1s and 8760h"],
      [{ count: 1, window: { ...window, schedule: "0 22 * *" } }, "schedule in body should match"],
      [{ count: 1, window: { ...window, schedule: "2030-01-01T00:00:00" } }, "schedule in body should match"],
      [{ count: 1, window: { ...window, timeZone: "../etc" } }, "timeZone in body should match"],
    ] as const;
    for (const [step, message] of wrong) await expect(own.create([step])).rejects.toThrow(message);
    await own.create([{ count: 1, window: { ...window, timeZone: "Europe/Nowhere" } }]);
    const { status } = await sets.waitForReason("refused", "InvalidWindow");
    expect(status).not.toHaveProperty("rollout");
  });

  it("begins in a set that followed its upstream, without drafts that change nothing", async ({
    env,
    packages,
    variants,
    sets,
  }) => {
    const own = fleet({ env, packages, variants, sets }, "begins");
    await own.publishUpstream(1);
    await own.create([{ percent: 100 }]);
    await sets.patch("begins", { spec: { rollout: null } });
    await sets.waitFor("begins", "has no rollout", ({ status }) => status?.rollout === undefined);
    for (const each of NAMES) {
      const made = await variants.waitForReason(`begins.${each}`, "DraftReady");
      await packages.publish(made.status?.draft ?? "");
    }
    const steps = [{ count: 1, pause: {} }, { percent: 100 }];
    await sets.waitFor("begins", "is published", ({ status }) => status?.published === 6);
    await sets.patch("begins", { spec: { rollout: { steps } } });
    await own.waitForState("Completed", 2);
    await waitUntil("all are bound", own.revisions, { until: (now) => now === "v1 v1 v1 v1 v1 v1" });
    await sets.waitFor("begins", "is published", ({ status }) => status?.published === 6);
    const drafts = (await env.revisions()).filter(({ metadata, status }) => {
      return metadata.name.includes(".begins.") && status?.lifecycle === "draft";
    });
    expect(drafts).toEqual([]);
  });
});
