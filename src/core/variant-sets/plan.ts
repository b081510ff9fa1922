import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import {
  DEFAULT_MAX_REMOVAL_PERCENT,
  DEFAULT_MAX_TARGETS,
  type PackageVariantSet,
  type PackageVariantSetStatus,
} from "../../api/v1alpha1/package-variant-set.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_CONFIRM_REMOVALS } from "../../api/v1alpha1/well-known.ts";
import { CostBudget } from "../cel/cost-budget.ts";
import { compare } from "../identity/compare.ts";
import { sha256Hex } from "../identity/hash.ts";
import { isSameJson } from "../identity/same-json.ts";
import { describeDifferences } from "./differences.ts";
import { targetsOf } from "./targets.ts";
import { compileTemplate, MAX_TARGET_COST, type Template, TemplateError } from "./template.ts";
import { variantName } from "./variant-name.ts";

/** A target that has no variant as the spec wants it. */
export interface FailedTarget {
  readonly target: string;
  readonly reason: string;
  readonly message: string;
}

/** What is to be done for a set. Targets that fail keep the variants that they have. */
export interface SetPlan {
  /** Number of targets, those that fail included. */
  readonly targets: number;
  readonly create: readonly { readonly name: string; readonly spec: PackageVariantSpec }[];
  readonly change: readonly { readonly variant: PackageVariant; readonly spec: PackageVariantSpec }[];
  readonly remove: readonly PackageVariant[];
  readonly failed: readonly FailedTarget[];
  /** Why nothing may be done. */
  readonly held?: { readonly reason: string; readonly message: string };
}

export interface SetObservation {
  readonly set: PackageVariantSet;
  /** Those of the namespace. */
  readonly repositories: readonly Repository[];
  /** Those of this set. */
  readonly variants: readonly PackageVariant[];
}

const NOTHING = { create: [], change: [], remove: [], failed: [] } as const;

/**
 * The work of all targets of a set, as `CostBudget` counts it: less than a second, and 64 MiB of texts, which the
 * operator and the API server would have to hold twice.
 */
const MAX_COST = 4_000_000;

const TOO_LARGE =
  `spec.template takes more than ${MAX_COST} steps for all targets together, one for each value or 16 characters that ` +
  "it reads or makes: nothing is changed; make spec.template and the fields of targets smaller, or several sets";

/** `planInSteps` at once. */
export function planSet(observation: SetObservation): SetPlan {
  const steps = planInSteps(observation);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Decides what a set has to change. Costs one evaluation of the template a target, which is one step. */
export function* planInSteps({ set, repositories, ...observed }: SetObservation): Generator<void, SetPlan> {
  const variants = observed.variants.toSorted((a, b) => compare(a.metadata.name, b.metadata.name));
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
  const failed: FailedTarget[] = found.duplicates.map((target) => {
    return { target, reason: "DuplicateTarget", message: "several targets have this name: none of them counts" };
  });
  const wanted = new Map<string, PackageVariantSpec>();
  let cost = 0;
  for (const target of found.targets) {
    yield;
    const budget = new CostBudget(MAX_TARGET_COST);
    try {
      wanted.set(variantName(set.metadata.name, target.name), make(target, budget));
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      failed.push({ target: target.name, reason: "InvalidTemplate", message: error.message });
    }
    cost += budget.spent;
    if (cost > MAX_COST) return { ...NOTHING, targets, held: { reason: "TemplateTooLarge", message: TOO_LARGE } };
  }
  yield;
  const kept = new Set(failed.map(({ target }) => variantName(set.metadata.name, target)));
  return withGuard(set, variants, { ...changesFor(variants, wanted, kept), targets, failed });
}

function changesFor(
  variants: readonly PackageVariant[],
  wanted: ReadonlyMap<string, PackageVariantSpec>,
  kept: ReadonlySet<string>,
): Pick<SetPlan, "create" | "change" | "remove"> {
  const present = new Map(variants.map((one) => [one.metadata.name, one]));
  const living = variants.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return {
    create: [...wanted].flatMap(([name, spec]) => (present.has(name) ? [] : [{ name, spec }])),
    change: living.flatMap((variant) => {
      const spec = wanted.get(variant.metadata.name);
      return spec === undefined || isAsWanted(variant.spec, spec) ? [] : [{ variant, spec }];
    }),
    remove: living.filter(({ metadata: { name } }) => !wanted.has(name) && !kept.has(name)),
  };
}

/** The API server fills in defaults that the template leaves out. */
function isAsWanted(present: PackageVariantSpec, wanted: PackageVariantSpec): boolean {
  return isSameJson(present, withDefaults(wanted));
}

function withDefaults(spec: PackageVariantSpec): PackageVariantSpec {
  return {
    ...spec,
    adoptionPolicy: spec.adoptionPolicy ?? "adoptNone",
    deletionPolicy: spec.deletionPolicy ?? "delete",
  };
}

/** A selector that suddenly matches much less must not take a fleet away. */
function withGuard(set: PackageVariantSet, variants: readonly PackageVariant[], plan: SetPlan): SetPlan {
  const { maxRemovalPercent = DEFAULT_MAX_REMOVAL_PERCENT } = set.spec;
  const removed = plan.remove.length;
  if (removed <= 1 || removed * 100 <= maxRemovalPercent * variants.length) return plan;
  const confirm = confirmationOf(plan.remove);
  if (set.metadata.annotations?.[ANNOTATION_CONFIRM_REMOVALS] === confirm) return plan;
  const message =
    `${removed} of ${variants.length} variants would be removed, more than spec.maxRemovalPercent (${maxRemovalPercent}): ` +
    `nothing is changed; if that is meant, annotate the set with ${ANNOTATION_CONFIRM_REMOVALS}=${confirm}`;
  return { ...plan, held: { reason: "TooManyRemovals", message } };
}

/** The value that confirms the removal of exactly these variants. */
export function confirmationOf(removed: readonly PackageVariant[]): string {
  const names = removed.map(({ metadata }) => metadata.name).toSorted();
  return sha256Hex(JSON.stringify(names)).slice(0, 16);
}

const MAX_SHOWN = 20;
const MAX_FIELDS = 8;
const MAX_FIELD = 512;

/** `status.plan`; undefined if there is nothing to do. */
export function describePlan({ create, change, remove }: SetPlan): PackageVariantSetStatus["plan"] {
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
    ...(removed.length > 0 && { removed, confirm: confirmationOf(remove) }),
  };
}
