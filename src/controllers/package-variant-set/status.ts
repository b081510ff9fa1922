import type { PackageVariantSet, PackageVariantSetStatus } from "../../api/v1alpha1/package-variant-set.ts";
import type { RolloutState, RolloutStatus } from "../../api/v1alpha1/rollout.ts";
import { OUR_CONDITIONS, type Readiness, summarizeConditions } from "../../core/conditions/conditions.ts";
import { formatCount } from "../../core/conditions/count.ts";
import { timestamp } from "../../core/identity/timestamp.ts";
import { describePlan } from "../../core/variant-sets/plan.ts";
import type { FailedTarget, SetPlan } from "../../core/variant-sets/set-plan.ts";
import { patchStatus } from "../../kube/patch-status.ts";
import { packageVariantSets } from "../shared/kinds.ts";
import type { SetContext } from "./context.ts";
import { readyReason } from "./predicates.ts";

const MAX_FAILED = 20;
const MAX_MESSAGE = 512;

type Changes = Readonly<Partial<Record<keyof PackageVariantSetStatus, unknown>>>;

/** Writes what a reconcile has found and done, and an Event where a user is needed. Returns the set afterwards. */
export async function writeStatus(
  context: SetContext,
  set: PackageVariantSet,
  readiness: Readiness,
  changes: Changes = {},
): Promise<PackageVariantSet> {
  const generation = set.metadata.generation ?? 0;
  const now = timestamp(context.now());
  const conditions = summarizeConditions(set.status?.conditions ?? [], readiness, generation, now);
  const status = { ...changes, observedGeneration: generation, conditions };
  const { before, after } = await patchStatus(context.client, packageVariantSets, set, status, OUR_CONDITIONS);
  const last = before.status?.conditions?.find(({ type }) => type === "Ready");
  const { state, reason, message: note } = readiness;
  if (state === "stalled" && last?.reason !== reason) {
    context.events.record(set, { type: "Warning", reason, action: "Reconcile", note });
  }
  return after;
}

/** What status has before what follows from it is written: how far a rollout is, and what is about to be removed. */
export type Ahead = Pick<PackageVariantSetStatus, "rollout" | "removals">;

/**
 * Stores that. Throws `ApiError` Conflict if the set has changed since it was planned. Returns the set afterwards.
 */
export async function storeAhead(
  { client }: SetContext,
  set: PackageVariantSet,
  ahead: Ahead,
): Promise<PackageVariantSet> {
  const { namespace, name, resourceVersion } = set.metadata;
  const status = Object.fromEntries(
    (Object.keys(ahead) as (keyof Ahead)[]).map((field) => {
      const next = ahead[field] ?? {};
      const gone = Object.keys(set.status?.[field] ?? {}).filter((key) => !Object.hasOwn(next, key));
      return [field, { ...next, ...Object.fromEntries(gone.map((key) => [key, null])) }];
    }),
  );
  const body = { metadata: { resourceVersion }, status };
  return await client.patchStatus(packageVariantSets, { namespace, name }, { kind: "merge", body });
}

/**
 * The counts of a set, and its plan while nothing is changed.
 * @param failed also those that the API server has refused
 */
export function describeSet(
  { variants }: SetContext,
  set: PackageVariantSet,
  plan: SetPlan,
  failed: readonly FailedTarget[],
): Changes {
  const own = variants.byIndex("set", set.metadata.uid ?? "");
  const reasons = own.map((one) => ({ one, reason: readyReason(one) }));
  const isReady = ({ one }: (typeof reasons)[number]) =>
    one.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
  const isHeld = plan.held !== undefined || set.spec.dryRun === true;
  return {
    targets: plan.targets,
    variants: own.length,
    ready: reasons.filter(isReady).length,
    published: reasons.filter(({ reason }) => reason === "Published").length,
    failed: failed.length === 0 ? undefined : failed.slice(0, MAX_FAILED).map(shorten),
    plan: isHeld ? describePlan(set, plan) : undefined,
    ...(plan.removals !== undefined && set.spec.dryRun !== true && { removals: plan.removals }),
    // Nothing goes on while it is held.
    ...(!isHeld && { rollout: plan.rollout?.status }),
  };
}

function shorten({ target, reason, message }: FailedTarget): FailedTarget {
  return { target: target.slice(0, MAX_MESSAGE), reason, message: message.slice(0, MAX_MESSAGE) };
}

/** What a set reports after its plan was carried out, or held back. */
export function readinessOf(
  set: PackageVariantSet,
  { held, targets, rollout, ...plan }: SetPlan,
  failed: readonly FailedTarget[],
): Readiness {
  if (held !== undefined) return { state: "stalled", ...held };
  const going = rollout === undefined ? undefined : describeState(rollout.status);
  if (going?.state === "stalled") return going;
  const [first] = failed;
  if (first !== undefined) {
    const message = `${formatCount(failed.length, "target")} of ${targets} failed (status.failed), such as ${first.target}: ${first.message}`;
    return { state: "stalled", reason: "TargetsFailed", message };
  }
  const { create, change, remove } = plan;
  if (set.spec.dryRun === true) {
    const message = `dry run: ${create.length} variants to create, ${change.length} to change, ${remove.length} to remove (status.plan)`;
    return { state: "ready", reason: "DryRun", message };
  }
  if (going !== undefined) return going;
  return { state: "ready", reason: "UpToDate", message: `${formatCount(targets, "target")}, each with its variant` };
}

const ROLLOUT_READINESS: Readonly<Record<RolloutState, Pick<Readiness, "state" | "reason"> | undefined>> = {
  Progressing: { state: "reconciling", reason: "RolloutProgressing" },
  Paused: { state: "reconciling", reason: "RolloutPaused" },
  WaitingForWindow: { state: "reconciling", reason: "RolloutWaitingForWindow" },
  Stopped: { state: "stalled", reason: "RolloutStopped" },
  Aborted: { state: "stalled", reason: "RolloutAborted" },
  RolledBack: { state: "stalled", reason: "RolloutRolledBack" },
  Completed: undefined,
};

/** Undefined for a rollout that is complete. */
function describeState({ state, progress, message: detail }: RolloutStatus): Readiness | undefined {
  const reported = ROLLOUT_READINESS[state];
  return reported === undefined ? undefined : { ...reported, message: `${progress}: ${detail}` };
}
