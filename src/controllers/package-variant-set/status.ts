import type { PackageVariantSet, PackageVariantSetStatus } from "../../api/v1alpha1/package-variant-set.ts";
import { OUR_CONDITIONS, type Readiness, summarizeConditions } from "../../core/conditions/conditions.ts";
import { formatCount } from "../../core/conditions/count.ts";
import { describePlan, type FailedTarget, type SetPlan } from "../../core/variant-sets/plan.ts";
import { patchStatus } from "../../kube/patch-status.ts";
import { timestamp } from "../shared/context.ts";
import { packageVariantSets } from "../shared/kinds.ts";
import type { SetContext } from "./context.ts";
import { readyReason } from "./predicates.ts";

const MAX_FAILED = 20;
const MAX_MESSAGE = 512;

type Changes = Readonly<Partial<Record<keyof PackageVariantSetStatus, unknown>>>;

/** Writes what a reconcile has found and done, and an Event where a user is needed. */
export async function writeStatus(
  context: SetContext,
  set: PackageVariantSet,
  readiness: Readiness,
  changes: Changes = {},
): Promise<void> {
  const generation = set.metadata.generation ?? 0;
  const now = timestamp(context.now());
  const conditions = summarizeConditions(set.status?.conditions ?? [], readiness, generation, now);
  const status = { ...changes, observedGeneration: generation, conditions };
  const { before } = await patchStatus(context.client, packageVariantSets, set, status, OUR_CONDITIONS);
  const last = before.status?.conditions?.find(({ type }) => type === "Ready");
  const { state, reason, message: note } = readiness;
  if (state === "stalled" && last?.reason !== reason) {
    context.events.record(set, { type: "Warning", reason, action: "Reconcile", note });
  }
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
    plan: isHeld ? describePlan(plan) : undefined,
  };
}

function shorten({ target, reason, message }: FailedTarget): FailedTarget {
  return { target: target.slice(0, MAX_MESSAGE), reason, message: message.slice(0, MAX_MESSAGE) };
}

/** What a set reports after its plan was carried out, or held back. */
export function readinessOf(
  set: PackageVariantSet,
  { held, targets, ...plan }: SetPlan,
  failed: readonly FailedTarget[],
): Readiness {
  if (held !== undefined) return { state: "stalled", ...held };
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
  return { state: "ready", reason: "UpToDate", message: `${formatCount(targets, "target")}, each with its variant` };
}
