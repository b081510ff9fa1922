import { waitUntil } from "../../harness/wait.ts";
import { nameOf } from "../../testenv/packages.ts";
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
    return names.filter((one) => one.startsWith(`edge1.${own}.`) && one.includes(".pv-"));
  };
  await waitUntil(`the variant's drafts of ${own}`, list, { until, timeoutMs: PATIENCE_MS });
}

/** `app` has a published revision by then, of which nobody knows what it was made from. */
export const VARIANT_STEPS: readonly Step[] = [
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
