import { describe, expect, it } from "vitest";
import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { ANNOTATION_ROLLED_OUT, ANNOTATION_ROLLOUT } from "../../api/v1alpha1/well-known.ts";
import { expectInProportion } from "../../event-loop/testing/in-proportion.ts";
import { runInTurns } from "../../event-loop/turns.ts";
import { hashSpec, withDefaults } from "../variants/defaults.ts";
import { planInSteps } from "./plan.ts";
import type { SetPlan } from "./set-plan.ts";

/** Ten times as many are what a set may have, some of them. */
const TARGETS = 200;
const WAVES = 20;
const open = "$" + "{";

const specOf = (target: string, revision: string): PackageVariantSpec => ({
  upstream: { repository: "catalog", package: "shop", revision },
  downstream: { target, repository: "deployments", package: "shop" },
  packageContext: { labels: Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`key-${at}`, target])) },
});

function variantOf(at: number, spec: PackageVariantSpec, former: PackageVariantSpec, rollout: string): PackageVariant {
  const record = { rollout, wave: 1, spec: hashSpec(spec), former };
  return {
    apiVersion: "",
    kind: "",
    metadata: {
      name: `fleet.t${at}`,
      namespace: "a",
      generation: 1,
      annotations: { [ANNOTATION_ROLLED_OUT]: JSON.stringify(record) },
    },
    spec: withDefaults(spec),
    status: {
      observedGeneration: 1,
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "Published",
          message: "",
          lastTransitionTime: "",
          observedGeneration: 1,
        },
      ],
    },
  };
}

const NAMES = Array.from({ length: 10 * TARGETS }, (_, at) => `t${at}`);
const STEPS = Array.from({ length: WAVES }, () => ({ percent: 100 / WAVES }));

function setOf(count: number, wanted: string): PackageVariantSet {
  const targets = [{ list: NAMES.slice(0, count).map((name) => ({ name })) }];
  const template = specOf(`${open}target.name}`, wanted);
  const spec = { targets, template, rollout: { steps: STEPS }, maxTargets: count };
  return { apiVersion: "", kind: "", metadata: { name: "fleet", namespace: "a" }, spec };
}

const variantsOf = (count: number, rollout: string) =>
  NAMES.slice(0, count).map((name, at) => variantOf(at, specOf(name, "v1"), specOf(name, "v0"), rollout));

async function planOf(set: PackageVariantSet, variants: readonly PackageVariant[]): Promise<SetPlan> {
  return await runInTurns(planInSteps({ set, variants, repositories: [], revisionsOf: () => [], now: 0 }));
}

describe("a set with a rollout of many targets", { timeout: 120_000 }, () => {
  it("passes all waves at once in turns, at a cost in proportion", async () => {
    await expectInProportion(TARGETS, async (count, measure) => {
      const [set, variants] = [setOf(count, "v1"), variantsOf(count, "abcdef123456")];
      await measure("plan", async () => {
        const { change, rollout } = await planOf(set, variants);
        expect([change.length, rollout?.status.state]).toEqual([0, "Completed"]);
      });
    });
  });

  it("changes one wave in turns, at a cost in proportion", async () => {
    await expectInProportion(TARGETS, async (count, measure) => {
      const [set, variants] = [setOf(count, "v2"), variantsOf(count, "abcdef123456")];
      await measure("plan", async () => expect((await planOf(set, variants)).change).toHaveLength(count / WAVES));
    });
  });

  it("is rolled back in turns, at a cost in proportion", async () => {
    await expectInProportion(TARGETS, async (count, measure) => {
      const { rollout: before } = await planOf(setOf(count, "v1"), variantsOf(count, "abcdef123456"));
      const id = before?.status.id ?? "";
      const { metadata, ...set } = setOf(count, "v1");
      const annotations = { [ANNOTATION_ROLLOUT]: `rollback:${id}` };
      const rolledBack = {
        ...set,
        metadata: { ...metadata, annotations },
        ...(before !== undefined && { status: { observedGeneration: 0, rollout: before.status } }),
      };
      const variants = variantsOf(count, id);
      await measure("plan", async () => expect((await planOf(rolledBack, variants)).change).toHaveLength(count));
    });
  });
});
