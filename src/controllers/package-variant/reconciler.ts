import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import { VARIANT_FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { planVariant, type VariantPlan } from "../../core/variants/plan.ts";
import { MutationCache } from "../../kube/mutation-cache.ts";
import { DONE, type Result } from "../../runtime/reconcile.ts";
import { addFinalizer } from "../shared/add-finalizer.ts";
import { classifyError } from "../shared/classify-error.ts";
import { packageVariants } from "../shared/kinds.ts";
import { reportFailure } from "../shared/report-failure.ts";
import type { VariantContext } from "./context.ts";
import { observe, observeLive } from "./observe.ts";
import { writeStatus } from "./status.ts";
import { adoptRevisions } from "./steps/adopt.ts";
import { createDraft } from "./steps/create-draft.ts";
import { finalizeVariant } from "./steps/finalize.ts";
import { replaceDraft } from "./steps/replace-draft.ts";
import { retireRevisions } from "./steps/retire.ts";

/** The drafts of a large fleet take that long to begin. */
const BEGINNING_MS = 30_000;

/** Reconciles PackageVariants: observes, plans one step, takes it, and writes one status patch. */
export class PackageVariantReconciler {
  readonly #context: VariantContext;
  #written = new MutationCache<PackageVariant>();

  constructor(context: VariantContext) {
    this.#context = context;
  }

  /** Drops all knowledge from own writes: after a relist, the API server may have lost them. */
  forgetWrites(): void {
    this.#written = new MutationCache();
  }

  async reconcile(key: string): Promise<Result> {
    const written = this.#written;
    const variant = written.newer(key, this.#context.variants.get(key));
    if (variant === undefined) {
      written.drop(key);
      return DONE;
    }
    const { namespace } = variant.metadata;
    const repository = { namespace, name: variant.spec.downstream.repository };
    const work = async () => await this.#reconcileOwn(key, variant, written);
    return (await this.#context.ownership.forRepositoryNamed(repository, work)) ?? DONE;
  }

  async #reconcileOwn(key: string, stored: PackageVariant, written: MutationCache<PackageVariant>): Promise<Result> {
    let variant = stored;
    try {
      if (variant.metadata.deletionTimestamp !== undefined) return await finalizeVariant(this.#context, variant);
      variant = await addFinalizer(this.#context.client, packageVariants, variant, VARIANT_FINALIZER);
      if (variant !== stored) written.keep(key, variant);
      const { plan, result } = await this.#takeStep(variant);
      if (plan.kind === "report") {
        const { readiness, upstreamRevision, expectedSince } = plan;
        const wait = isStalled(variant) ? 0 : this.#waitAfter(expectedSince);
        if (wait > 0) return { requeueAfterMs: wait, priority: "low" };
        written.keep(key, await writeStatus(this.#context, variant, readiness, { upstreamRevision }));
      }
      return result;
    } catch (error) {
      const { readiness } = classifyError(error);
      if (readiness !== undefined) {
        const write = async () => written.keep(key, await writeStatus(this.#context, variant, readiness));
        await reportFailure(this.#context.events, variant, { readiness, action: "Reconcile", write });
      }
      throw error;
    }
  }

  /** Milliseconds for which the report of a draft that begins is withheld: most have begun by then. */
  #waitAfter(since: string | undefined): number {
    const age = since === undefined ? Number.NaN : this.#context.now().getTime() - Date.parse(since);
    // A clock that is behind the API server's delays no report for longer than that.
    return age > -BEGINNING_MS && age < BEGINNING_MS ? Math.min(BEGINNING_MS - age, BEGINNING_MS) : 0;
  }

  async #takeStep(variant: PackageVariant): Promise<{ readonly plan: VariantPlan; readonly result: Result }> {
    const cached = planVariant(observe(this.#context, variant));
    if (cached.kind === "report") return { plan: cached, result: DONE };
    const plan = planVariant(await observeLive(this.#context, variant));
    return { plan, result: await this.#carryOut(variant, plan) };
  }

  /** The watch reports what a step has changed, and the next reconcile follows from that. */
  async #carryOut(variant: PackageVariant, plan: VariantPlan): Promise<Result> {
    switch (plan.kind) {
      case "report":
        return DONE;
      case "createDraft":
        return await createDraft(this.#context, variant, plan);
      case "deleteDraft":
        return await replaceDraft(this.#context, plan.draft);
      case "adopt":
        return await adoptRevisions(this.#context, variant, plan.revisions);
      case "retire":
        return await retireRevisions(this.#context, variant, plan.revisions);
      default:
        return plan satisfies never;
    }
  }
}

/** Its status tells of a trouble that is over. */
function isStalled({ status }: PackageVariant): boolean {
  return status?.conditions?.some(({ type }) => type === "Stalled") === true;
}
