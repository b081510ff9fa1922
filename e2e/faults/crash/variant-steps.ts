import type { RolloutState } from "../../../src/api/v1alpha1/rollout.ts";
import { ANNOTATION_ROLLOUT } from "../../../src/api/v1alpha1/well-known.ts";
import { waitUntil } from "../../harness/wait.ts";
import { nameOf } from "../../testenv/packages.ts";
import { createVariantSets } from "../../testenv/variant-sets.ts";
import { createVariants, type Variants } from "../../testenv/variants.ts";
import { PATIENCE_MS, type Stage } from "./stage.ts";
import type { Step } from "./step.ts";

const variantOf = ({ own }: Stage) => `${own}-variant`;
const published = ({ own }: Stage) => nameOf({ target: "edge1", repository: own, package: "app", workspace: "ws1" });

/** A step with the operations on variants. */
function step(
  name: string,
  act: (variants: Variants, stage: Stage) => Promise<unknown>,
  done: (variants: Variants, stage: Stage) => Promise<unknown>,
): Step {
  return {
    name,
    act: async (stage) => await act(await createVariants(stage.env), stage),
    done: async (stage) => await done(await createVariants(stage.env), stage),
  };
}

/** Waits until the variant has a draft of the package, and no draft is left of another one. */
function hasDraftOf(name: string) {
  return async (variants: Variants, stage: Stage) => {
    const isOf = (draft: string | undefined) => draft?.startsWith(`edge1.${stage.own}.${name}.pv-`) === true;
    await variants.waitForReason(variantOf(stage), "DraftReady");
    await variants.waitFor(variantOf(stage), `has a draft of ${name}`, ({ status }) => isOf(status?.draft));
    await waitForDrafts(stage, (drafts) => drafts.length === 1 && isOf(drafts[0]));
  };
}

async function waitForDrafts({ env, own }: Stage, until: (names: readonly string[]) => boolean): Promise<void> {
  const list = async () => {
    const all = await env.revisions();
    const names = all.map(({ metadata }) => metadata.name);
    return names.filter((one) => one.split(".")[1] === own && one.includes(".pv-"));
  };
  await waitUntil(`the variant's drafts of ${own}`, list, { until, timeoutMs: PATIENCE_MS });
}

/** `app` has a published revision by then, of which nobody knows what it was made from. */
const setOf = ({ own }: Stage) => `${own}-set`;
const targets = (...names: readonly string[]) => [{ list: names.map((name) => ({ name })) }];

/** Waits until the set has exactly these targets' variants, each with its draft. */
function hasTargets(...names: readonly string[]) {
  return async (stage: Stage) => {
    const sets = await createVariantSets(stage.env);
    await sets.waitForReason(setOf(stage), "UpToDate");
    await sets.waitFor(setOf(stage), `has ${names}`, ({ status }) => {
      return status?.targets === names.length && status.variants === names.length && status.ready === names.length;
    });
    const list = async () =>
      (await stage.env.revisions())
        .filter(({ spec: { packageRevID: id } }) => id.repository === stage.own && id.package === "of-set")
        .map(({ spec }) => spec.packageRevID.target);
    await waitUntil(`the drafts of ${names}`, list, {
      until: (found) => JSON.stringify(found.toSorted()) === JSON.stringify(names),
      timeoutMs: PATIENCE_MS,
    });
  };
}

/** Waits until the rollout is in its first wave, and each target has a draft with this input. */
function hasInputs(state: RolloutState, inputs: Readonly<Record<string, string>>) {
  return async (stage: Stage) => {
    const sets = await createVariantSets(stage.env);
    await sets.waitFor(setOf(stage), `is ${state}`, ({ metadata, status }) => {
      const isNow = status?.observedGeneration === metadata.generation;
      return isNow && status?.rollout?.state === state && status.rollout.wave === 1;
    });
    const list = async () => {
      const all = await stage.env.revisions();
      const own = all.filter(
        ({ spec: { packageRevID: id } }) => id.repository === stage.own && id.package === "of-set",
      );
      return own.map(({ spec }) => `${spec.packageRevID.target} ${spec.inputs?.[0]?.kind}`);
    };
    const wanted = Object.entries(inputs).map(([target, kind]) => `${target} ${kind}`);
    await waitUntil(`the drafts have ${wanted}`, list, {
      until: (found) => JSON.stringify(found.toSorted()) === JSON.stringify(wanted),
      timeoutMs: PATIENCE_MS,
    });
  };
}

export const VARIANT_STEPS: readonly Step[] = [
  {
    name: "make a set",
    act: async (stage) => {
      const downstream = { target: "$" + "{target.name}", repository: stage.own, package: "of-set" };
      const template = { upstream: { repository: stage.upstream, package: "lib" }, downstream };
      await (await createVariantSets(stage.env)).create(setOf(stage), { targets: targets("s1", "s2"), template });
    },
    done: hasTargets("s1", "s2"),
  },
  {
    name: "change the set",
    act: async (stage) => {
      const template = { packageContext: { inputs: [{ kind: "A" }] } };
      await (await createVariantSets(stage.env)).patch(setOf(stage), {
        spec: { targets: targets("s2", "s3"), template },
      });
    },
    done: hasTargets("s2", "s3"),
  },
  {
    name: "roll another change of the set out",
    act: async (stage) => {
      const spec = {
        rollout: { steps: [{ count: 1 }, { percent: 100 }] },
        template: { packageContext: { inputs: [{ kind: "B" }] } },
      };
      await (await createVariantSets(stage.env)).patch(setOf(stage), { spec });
    },
    done: hasInputs("Progressing", { s2: "B", s3: "A" }),
  },
  {
    name: "roll it back",
    act: async (stage) => {
      const sets = await createVariantSets(stage.env);
      const { status } = await sets.get(setOf(stage));
      const annotations = { [ANNOTATION_ROLLOUT]: `rollback:${status?.rollout?.id}` };
      await sets.patch(setOf(stage), { metadata: { annotations } });
    },
    done: hasInputs("RolledBack", { s2: "A", s3: "A" }),
  },
  {
    name: "delete the set and its variants",
    // The control plane has no garbage collector.
    act: async (stage) => {
      await stage.packages.request("admin", "delete", `packagevariantsets/${setOf(stage)}`);
    },
    done: async (stage) => {
      const variants = await createVariants(stage.env);
      for (const name of ["s2", "s3"].map((target) => `${setOf(stage)}.${target}`)) {
        await stage.packages.request("admin", "delete", `packagevariants/${name}`).catch((error) => {
          if (!String(error).includes(" 404 ")) throw error;
        });
        await variants.waitUntilGone(name);
      }
      await waitForDrafts(stage, (drafts) => drafts.length === 0);
    },
  },
  step(
    "make a variant",
    async (variants, stage) =>
      await variants.create(variantOf(stage), {
        upstream: { repository: stage.upstream, package: "lib" },
        downstream: { target: "edge1", repository: stage.own, package: "one-of-many" },
        upgradeStrategy: "replace",
      }),
    hasDraftOf("one-of-many"),
  ),
  step(
    "have it adopt another package",
    async (variants, stage) =>
      await variants.change(variantOf(stage), { downstream: { package: "app" }, adoptionPolicy: "adoptExisting" }),
    hasDraftOf("app"),
  ),
  step(
    "delete the variant",
    async (variants, stage) => await variants.delete(variantOf(stage)),
    async (variants, stage) => {
      await variants.waitUntilGone(variantOf(stage));
      await waitForDrafts(stage, (drafts) => drafts.length === 0);
      await stage.packages.waitForReason(published(stage), "DeletionProposed");
    },
  ),
  {
    name: "keep what the variant had",
    act: async (stage) => await stage.packages.setLifecycle(published(stage), "published"),
    done: async (stage) => await stage.packages.waitForReason(published(stage), "Published"),
  },
];
