import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import {
  DEFAULT_MAX_TARGETS,
  type PackageVariantSet,
  type PackageVariantSetStatus,
} from "../../api/v1alpha1/package-variant-set.ts";
import { CostBudget } from "../cel/cost-budget.ts";
import { compare } from "../identity/compare.ts";
import { runToEnd } from "../identity/run-to-end.ts";
import { REPOSITORY_NOT_READY, upstreamResolver } from "../rollouts/resolve-target.ts";
import { WindowError } from "../rollouts/window.ts";
import { isAsWanted, withDefaults } from "../variants/defaults.ts";
import { describeDifferences } from "./differences.ts";
import { planWaves } from "./plan-waves.ts";
import { confirmationOf, guardRemovals } from "./removal-guard.ts";
import type { FailedTarget, PlannedTarget, SetObservation, SetPlan } from "./set-plan.ts";
import { type Target, targetsOf } from "./targets.ts";
import { compileTemplate, MAX_TARGET_COST, type Template, TemplateError } from "./template.ts";
import { variantName } from "./variant-name.ts";

const NOTHING = { create: [], change: [], remove: [], failed: [] } as const;

/**
 * The work of all targets of a set, as `CostBudget` counts it: less than a second, and 64 MiB of texts, which the
 * operator and the API server would have to hold twice.
 */
const MAX_COST = 4_000_000;

const TOO_LARGE =
  `spec.template takes more than ${MAX_COST} steps for all targets together, one for each value or 16 characters that ` +
  "it reads or makes: nothing is changed; make spec.template and the fields of targets smaller, or several sets";

/** The plan while nobody knows the targets: nothing is changed. */
export function unknownTargets({ status }: PackageVariantSet, why: string): SetPlan {
  const held = { reason: "TargetsUnknown", message: `${why}: nothing is changed` };
  return { ...NOTHING, targets: status?.targets ?? 0, held };
}

/** `planInSteps` at once. */
export function planSet(observation: SetObservation): SetPlan {
  return runToEnd(planInSteps(observation));
}

/** Decides what a set has to change. Costs one evaluation of the template a target, which is one step. */
export function* planInSteps(observation: SetObservation): Generator<void, SetPlan> {
  const { set, repositories } = observation;
  const variants = observation.variants.toSorted((a, b) => compare(a.metadata.name, b.metadata.name));
  const { maxTargets = DEFAULT_MAX_TARGETS, template } = set.spec;
  const found = targetsOf(set, repositories, maxTargets);
  if (found.kind === "tooMany") {
    const message = `${found.count} targets, and spec.maxTargets is ${maxTargets}: nothing is changed`;
    return { ...NOTHING, targets: found.count, held: { reason: "TooManyTargets", message } };
  }
  const targets = found.targets.length + found.duplicates.length;
  let make: Template;
  try {
    make = compileTemplate(template);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { ...NOTHING, targets, held: { reason: "InvalidTemplate", message: error.message } };
  }
  const failed: FailedTarget[] = found.duplicates.map(({ first, message }) => {
    return { target: first.name, reason: "DuplicateTarget", message };
  });
  const present = new Map(variants.map((one) => [one.metadata.name, one]));
  const resolve = set.spec.rollout === undefined ? undefined : upstreamResolver(observation);
  const nameOf = (target: Target) => variantName(set.metadata.name, target.name);
  /** Targets whose upstream is being read. */
  const unread: FailedTarget[] = [];
  const planned: PlannedTarget[] = found.duplicates.map(({ first: target }) => ({ target, name: nameOf(target) }));
  let cost = 0;
  for (const target of found.targets) {
    yield;
    const budget = new CostBudget(MAX_TARGET_COST);
    const name = nameOf(target);
    try {
      const spec = make(target, budget);
      const resolved = resolve?.(spec, present.get(name)?.spec) ?? { kind: "resolved", spec };
      if (resolved.kind === "resolved") planned.push({ target, name, spec: resolved.spec });
      else {
        planned.push({ target, name });
        const { reason, message } = resolved;
        (reason === REPOSITORY_NOT_READY ? unread : failed).push({ target: target.name, reason, message });
      }
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      planned.push({ target, name });
      failed.push({ target: target.name, reason: "InvalidTemplate", message: error.message });
    }
    cost += budget.spent;
    if (cost > MAX_COST) return { ...NOTHING, targets, held: { reason: "TemplateTooLarge", message: TOO_LARGE } };
  }
  yield;
  const going = set.spec.dryRun === true ? undefined : set.status?.rollout;
  // The desired state of these targets is not known yet: the rollout stays where it is, and so does its pause.
  const isWaiting = unread.length > 0 && going !== undefined;
  if (!isWaiting) failed.push(...unread);
  const changes = yield* changesFor(present, planned);
  const { record, ...guard } = guardRemovals(set, variants, changes.remove, observation.now);
  const plan = { ...changes, targets, failed, ...guard, ...(record !== undefined && { removals: record }) };
  if (set.spec.rollout === undefined || set.spec.dryRun === true || plan.held !== undefined) return plan;
  if (isWaiting) return { ...plan, create: [], change: [], rollout: { status: going, writes: [] } };
  try {
    return { ...plan, ...(yield* planWaves(observation, set.spec.rollout, planned)) };
  } catch (error) {
    if (!(error instanceof WindowError)) throw error;
    const message = `spec.rollout: ${error.message}: nothing is changed; correct the window`;
    return { ...plan, held: { reason: "InvalidWindow", message } };
  }
}

/** Each variant is a step. */
function* changesFor(
  present: ReadonlyMap<string, PackageVariant>,
  planned: readonly PlannedTarget[],
): Generator<void, Pick<SetPlan, "create" | "change" | "remove">> {
  const byName = new Map(planned.map((one) => [one.name, one]));
  const living = [...present.values()].filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const change: { readonly variant: PackageVariant; readonly spec: PackageVariantSpec }[] = [];
  for (const variant of living) {
    yield;
    const spec = byName.get(variant.metadata.name)?.spec;
    if (spec !== undefined && !isAsWanted(variant.spec, spec)) change.push({ variant, spec });
  }
  return {
    create: planned.flatMap(({ name, spec }) => (spec === undefined || present.has(name) ? [] : [{ name, spec }])),
    change,
    remove: living.filter(({ metadata: { name } }) => !byName.has(name)),
  };
}

const MAX_SHOWN = 20;
const MAX_FIELDS = 8;
const MAX_FIELD = 512;

/** `status.plan`; undefined if there is nothing to do. */
export function describePlan(
  set: PackageVariantSet,
  { create, change, remove }: SetPlan,
): PackageVariantSetStatus["plan"] {
  if (create.length + change.length + remove.length === 0) return undefined;
  const changed = change.slice(0, MAX_SHOWN).map(({ variant, spec }) => {
    const fields = describeDifferences(variant.spec, withDefaults(spec), MAX_FIELDS);
    return { name: variant.metadata.name, fields: fields.map((field) => field.slice(0, MAX_FIELD)) };
  });
  const created = create.slice(0, MAX_SHOWN).map(({ name }) => name);
  const removed = remove.slice(0, MAX_SHOWN).map(({ metadata }) => metadata.name);
  return {
    create: create.length,
    change: change.length,
    remove: remove.length,
    ...(created.length > 0 && { created }),
    ...(changed.length > 0 && { changed }),
    ...(removed.length > 0 && { removed, confirm: confirmationOf(set, remove) }),
  };
}
