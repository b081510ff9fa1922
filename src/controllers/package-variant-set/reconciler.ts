import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import type { RolloutStatus } from "../../api/v1alpha1/rollout.ts";
import { planInSteps, unknownTargets } from "../../core/variant-sets/plan.ts";
import type { FailedTarget, SetPlan } from "../../core/variant-sets/set-plan.ts";
import { runInTurns } from "../../event-loop/turns.ts";
import { MutationCache } from "../../kube/mutation-cache.ts";
import { DONE, type Result } from "../../runtime/reconcile.ts";
import { placeKey } from "../package-variant/indexes.ts";
import { classifyError } from "../shared/classify-error.ts";
import { reportFailure } from "../shared/report-failure.ts";
import { carryOut } from "./carry-out.ts";
import type { SetContext } from "./context.ts";
import { describeSet, readinessOf, storeRollout, writeStatus } from "./status.ts";

const RETRY_MS = 60_000;
/** Of a pause or a window: the clock may be set meanwhile, and timers have a limit. */
const MAX_WAIT_MS = 3_600_000;

/** Reconciles PackageVariantSets: plans, carries out what may be, and writes one status patch; with waves, one each. */
export class PackageVariantSetReconciler {
  readonly #context: SetContext;
  #written = new MutationCache<PackageVariantSet>();

  constructor(context: SetContext) {
    this.#context = context;
  }

  /** Drops all knowledge from own writes: after a relist, the API server may have lost them. */
  forgetWrites(): void {
    this.#written = new MutationCache();
  }

  async reconcile(key: string): Promise<Result> {
    const written = this.#written;
    const set = written.newer(key, this.#context.sets.get(key));
    // The garbage collector deletes the variants of one that goes.
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) {
      written.drop(key);
      this.#context.objects.forget(key);
      return DONE;
    }
    const { namespace, name } = set.metadata;
    const work = async () => await this.#reconcileOwn(set, (after) => written.keep(key, after));
    const result = await this.#context.ownership.forRepositoryNamed({ namespace, name }, work);
    if (result === undefined) this.#context.objects.forget(key);
    return result ?? DONE;
  }

  async #reconcileOwn(stored: PackageVariantSet, keep: (after: PackageVariantSet) => void): Promise<Result> {
    let set = stored;
    const keepAll = (after: PackageVariantSet) => {
      set = after;
      keep(after);
    };
    try {
      const { plan, refused } = await this.#carryOut(set, keepAll);
      const failed = [...plan.failed, ...refused];
      const changes = describeSet(this.#context, set, plan, failed);
      keepAll(await writeStatus(this.#context, set, readinessOf(set, plan, failed), changes));
      return whenNext(plan, refused);
    } catch (error) {
      const { readiness } = classifyError(error);
      if (readiness !== undefined) {
        const write = async () => keepAll(await writeStatus(this.#context, set, readiness));
        await reportFailure(this.#context.events, set, { readiness, action: "Reconcile", write });
      }
      throw error;
    }
  }

  /**
   * Plans, and carries out what may be. What the API server refuses decides on whether the next wave begins, so that it
   * is planned again with that.
   * @param keep the set with the rollout that was stored
   */
  async #carryOut(stored: PackageVariantSet, keep: (after: PackageVariantSet) => void) {
    let set = stored;
    const refused = new Map<string, FailedTarget>();
    const tried = new Set<string>();
    for (;;) {
      const plan = await this.#plan(set, new Set(refused.keys()));
      if (plan.held !== undefined || set.spec.dryRun === true) return { plan, refused: [...refused.values()] };
      const { status: rollout } = plan.rollout ?? {};
      if (rollout !== undefined && isDecided(rollout, set.status?.rollout)) {
        set = await storeRollout(this.#context, set, rollout);
        keep(set);
      }
      const work = without(plan, tried);
      const refusals = await carryOut(this.#context, set, work);
      for (const one of refusals) refused.set(one.target, one);
      for (const name of namesIn(work)) tried.add(name);
      if (rollout === undefined || refusals.length === 0) return { plan, refused: [...refused.values()] };
    }
  }

  async #plan(set: PackageVariantSet, refused: ReadonlySet<string>): Promise<SetPlan> {
    const { repositories, variants, revisions, objects, now } = this.#context;
    const { namespace, uid = "" } = set.metadata;
    const resolved = await objects.resolve(set);
    if (resolved.kind === "unknown") return unknownTargets(set, resolved.message);
    const steps = planInSteps({
      set: resolved.set,
      repositories: repositories.list(namespace),
      revisionsOf: (upstream) => revisions.byIndex("package", placeKey(namespace, upstream)),
      variants: variants.byIndex("set", uid),
      refused,
      now: now().getTime(),
    });
    return await runInTurns(steps);
  }
}

/** True if something is written from now on, or is not any more. */
function isDecided(next: RolloutStatus, before: RolloutStatus | undefined): boolean {
  const endOf = (status: RolloutStatus | undefined) =>
    status?.state === "Aborted" || status?.state === "RolledBack" ? status.state : undefined;
  return next.id !== before?.id || next.wave !== before.wave || endOf(next) !== endOf(before);
}

function namesIn({ create, change, remove }: SetPlan): readonly string[] {
  const objects = [...change.map(({ variant }) => variant), ...remove];
  return [...create.map(({ name }) => name), ...objects.map(({ metadata }) => metadata.name)];
}

/** The cache does not show yet what was written for these. */
function without(plan: SetPlan, names: ReadonlySet<string>): SetPlan {
  if (names.size === 0) return plan;
  return {
    ...plan,
    create: plan.create.filter(({ name }) => !names.has(name)),
    change: plan.change.filter(({ variant }) => !names.has(variant.metadata.name)),
    remove: plan.remove.filter(({ metadata }) => !names.has(metadata.name)),
  };
}

function whenNext({ rollout }: SetPlan, refused: readonly FailedTarget[]): Result {
  const waits = [
    // A quota or a policy may have changed by then: no watch reports that.
    ...(refused.length > 0 ? [RETRY_MS] : []),
    ...(rollout?.checkAfterMs !== undefined ? [Math.min(rollout.checkAfterMs, MAX_WAIT_MS)] : []),
  ];
  return waits.length === 0 ? DONE : { requeueAfterMs: Math.min(...waits) };
}
