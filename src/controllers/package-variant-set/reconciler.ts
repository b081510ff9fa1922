import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import { planInSteps } from "../../core/variant-sets/plan.ts";
import { runInTurns } from "../../event-loop/turns.ts";
import { DONE, type Result } from "../../runtime/reconcile.ts";
import { classifyError } from "../shared/classify-error.ts";
import { reportFailure } from "../shared/report-failure.ts";
import { carryOut } from "./carry-out.ts";
import type { SetContext } from "./context.ts";
import { describeSet, readinessOf, writeStatus } from "./status.ts";

const RETRY_MS = 60_000;

/** Reconciles PackageVariantSets: plans, carries out what may be, and writes one status patch. */
export class PackageVariantSetReconciler {
  readonly #context: SetContext;

  constructor(context: SetContext) {
    this.#context = context;
  }

  async reconcile(key: string): Promise<Result> {
    const set = this.#context.sets.get(key);
    // The garbage collector deletes the variants of one that goes.
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return DONE;
    const { namespace, name } = set.metadata;
    const work = async () => await this.#reconcileOwn(set);
    return (await this.#context.ownership.forRepositoryNamed({ namespace, name }, work)) ?? DONE;
  }

  async #reconcileOwn(set: PackageVariantSet): Promise<Result> {
    const { repositories, variants, events } = this.#context;
    try {
      const observation = {
        set,
        repositories: repositories.list(set.metadata.namespace),
        variants: variants.byIndex("set", set.metadata.uid ?? ""),
      };
      const plan = await runInTurns(planInSteps(observation));
      const isHeld = plan.held !== undefined || set.spec.dryRun === true;
      const refused = isHeld ? [] : await carryOut(this.#context, set, plan);
      const failed = [...plan.failed, ...refused];
      await writeStatus(
        this.#context,
        set,
        readinessOf(set, plan, failed),
        describeSet(this.#context, set, plan, failed),
      );
      // A quota or a policy may have changed by then: no watch reports that.
      return refused.length === 0 ? DONE : { requeueAfterMs: RETRY_MS };
    } catch (error) {
      const { readiness } = classifyError(error);
      if (readiness !== undefined) {
        const write = async () => await writeStatus(this.#context, set, readiness);
        await reportFailure(events, set, { readiness, action: "Reconcile", write });
      }
      throw error;
    }
  }
}
