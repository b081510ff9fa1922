import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import type { RolloutStatus } from "../../api/v1alpha1/rollout.ts";
import { isSameJson } from "../../core/identity/same-json.ts";
import { planInSteps, unknownTargets } from "../../core/variant-sets/plan.ts";
import type { SetPlan } from "../../core/variant-sets/set-plan.ts";
import { runInTurns } from "../../event-loop/turns.ts";
import { MutationCache } from "../../kube/mutation-cache.ts";
import { DONE, type Result } from "../../runtime/reconcile.ts";
import { placeKey } from "../package-variant/indexes.ts";
import { classifyError } from "../shared/classify-error.ts";
import { reportFailure } from "../shared/report-failure.ts";
import { carryOut } from "./carry-out.ts";
import type { SetContext } from "./context.ts";
import { Refusals } from "./refusals.ts";
import { type Ahead, describeSet, readinessOf, storeAhead, writeStatus } from "./status.ts";

/** Of a pause or a window: the clock may be set meanwhile, and timers have a limit. */
const MAX_WAIT_MS = 3_600_000;

/** Reconciles PackageVariantSets: plans, carries out what may be, and writes one status patch; with waves, one each. */
export class PackageVariantSetReconciler {
  readonly #context: SetContext;
  readonly #refusals = new Map<string, Refusals>();
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
      this.#refusals.delete(key);
      return DONE;
    }
    const { namespace, name } = set.metadata;
    const refusals = this.#refusals.get(key) ?? new Refusals();
    this.#refusals.set(key, refusals);
    const work = async () => await this.#reconcileOwn(set, refusals, (after) => written.keep(key, after));
    const result = await this.#context.ownership.forRepositoryNamed({ namespace, name }, work);
    if (result === undefined) this.#context.objects.forget(key);
    return result ?? DONE;
  }

  async #reconcileOwn(
    stored: PackageVariantSet,
    refusals: Refusals,
    keep: (after: PackageVariantSet) => void,
  ): Promise<Result> {
    let set = stored;
    const keepAll = (after: PackageVariantSet) => {
      set = after;
      keep(after);
    };
    try {
      const plan = await this.#carryOut(set, refusals, keepAll);
      const failed = [...plan.failed, ...refusals.failed];
      const changes = describeSet(this.#context, set, plan, failed);
      keepAll(await writeStatus(this.#context, set, readinessOf(set, plan, failed), changes));
      return whenNext(plan, refusals.nextAfterMs(this.#context.uptimeMs()));
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
  async #carryOut(
    stored: PackageVariantSet,
    refusals: Refusals,
    keep: (after: PackageVariantSet) => void,
  ): Promise<SetPlan> {
    let set = stored;
    const tried = new Set<string>();
    for (;;) {
      const plan = await this.#plan(set, refusals.names);
      if (plan.held !== undefined || set.spec.dryRun === true) {
        refusals.keepOnly(new Set());
        return plan;
      }
      refusals.keepOnly(new Set(writesIn(plan).map(({ name }) => name)));
      const { status: rollout } = plan.rollout ?? {};
      const ahead = storedAhead(plan, set);
      if (Object.keys(ahead).length > 0) {
        set = await storeAhead(this.#context, set, ahead);
        keep(set);
      }
      const now = this.#context.uptimeMs();
      const due = writesIn(plan).filter(({ name, spec }) => !tried.has(name) && !refusals.isWaiting(name, spec, now));
      const names = new Set(due.map(({ name }) => name));
      const refused = await carryOut(this.#context, set, onlyThese(plan, names));
      const byName = new Map(refused.map((one) => [one.target, one]));
      for (const { name, spec } of due) {
        tried.add(name);
        const failed = byName.get(name);
        if (failed === undefined) refusals.remove(name);
        else refusals.add(name, spec, failed, now);
      }
      if (rollout === undefined || refused.length === 0) return plan;
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

/** What is to be stored before the plan is carried out; empty: nothing. */
function storedAhead({ rollout, remove, removals }: SetPlan, { status }: PackageVariantSet): Ahead {
  return {
    ...(rollout !== undefined && isDecided(rollout.status, status?.rollout) && { rollout: rollout.status }),
    ...(remove.length > 0 && removals !== undefined && !isSameJson(removals, status?.removals) && { removals }),
  };
}

/** True if something is written from now on, or is not any more. */
function isDecided(next: RolloutStatus, before: RolloutStatus | undefined): boolean {
  const endOf = (status: RolloutStatus | undefined) =>
    status?.state === "Aborted" || status?.state === "RolledBack" ? status.state : undefined;
  return (
    (["id", "startTime", "wave"] as const).some((key) => next[key] !== before?.[key]) || endOf(next) !== endOf(before)
  );
}

interface Write {
  /** Of the variant. */
  readonly name: string;
  /** Absent for a deletion. */
  readonly spec?: PackageVariantSpec;
}

function writesIn({ create, change, remove }: SetPlan): readonly Write[] {
  return [
    ...create,
    ...change.map(({ variant, spec }) => ({ name: variant.metadata.name, spec })),
    ...remove.map(({ metadata: { name } }) => ({ name })),
  ];
}

function onlyThese(plan: SetPlan, names: ReadonlySet<string>): SetPlan {
  return {
    ...plan,
    create: plan.create.filter(({ name }) => names.has(name)),
    change: plan.change.filter(({ variant }) => names.has(variant.metadata.name)),
    remove: plan.remove.filter(({ metadata }) => names.has(metadata.name)),
  };
}

/** @param refusedMs when something that was refused is due again */
function whenNext({ rollout, recheckAfterMs }: SetPlan, refusedMs: number | undefined): Result {
  const waits = [refusedMs, rollout?.checkAfterMs, recheckAfterMs].filter((one) => one !== undefined);
  return waits.length === 0 ? DONE : { requeueAfterMs: Math.min(...waits, MAX_WAIT_MS) };
}
