import type { PackageChanges } from "../../../api/v1alpha1/package-changes.ts";
import type { AutomaticRule } from "../../../api/v1alpha1/repository-approval.ts";
import { ANNOTATION_CONFIRM_BASE } from "../../../api/v1alpha1/well-known.ts";
import { CostBudget } from "../../cel/cost-budget.ts";
import { releaseOf } from "../../release/members.ts";
import type { DraftBranch, PublishedRef } from "../../repository/classify-ref.ts";
import { isWhole } from "../../review/bound-change.ts";
import { isOwnedBy } from "../../variants/ownership.ts";
import type { ApprovingRule } from "../approval-trailers.ts";
import { newPatternBudget } from "../approvals/fits-pattern.ts";
import { applyingRules, isAboutPlace } from "../approvals/required-approvals.ts";
import { editedAfter } from "../commit-trailers.ts";
import type { Observation, RevisionView } from "../observation.ts";
import { type CompiledRule, compileRules } from "./compile-rules.ts";
import { expressionRefusal, MAX_RULE_COST } from "./evaluate-rule.ts";
import { type RuleValues, ruleValues } from "./rule-values.ts";
import { hasSameMetadata } from "./same-metadata.ts";
import { type VariantProposal, variantProblem } from "./variant-upgrade.ts";

export type AutomaticDecision =
  /** No rule is about the proposal. */
  | { readonly kind: "none" }
  | { readonly kind: "approved"; readonly by: ApprovingRule }
  /** The review of its files is not there yet. */
  | { readonly kind: "pending" }
  /** `why` continues a sentence about the proposal. */
  | { readonly kind: "refused"; readonly why: string };

/**
 * Whether a rule of the Repository approves a proposal in the place of people. Only a change that the review shows
 * completely, against a published revision of the operator, is approved: a person judges all others. Throws
 * `JsonTooDeepError`.
 */
export function decideAutomatically(
  observation: Observation,
  view: RevisionView,
  draft: Pick<DraftBranch, "trailers">,
): AutomaticDecision {
  const { object, repository } = observation;
  const budget = newPatternBudget();
  const rules = compileRules(repository?.spec.approval?.automatic ?? NO_RULES).filter(({ rule }) => {
    return isAboutPlace(rule.match ?? {}, object, budget);
  });
  if (rules.length === 0) return { kind: "none" };
  // Without a budget, every pattern counts as a match.
  if (budget.left <= 0) return refused("to compare it with the patterns of match takes too long");
  if (observation.areRulesUnchecked === true) return refused(UNCHECKED);
  const seen = factsOf(observation, view, draft);
  if (typeof seen === "string") return refused(seen);
  if (seen === undefined) return { kind: "pending" };
  const steps = new CostBudget(MAX_RULE_COST);
  const reasons: string[] = [];
  for (const compiled of rules) {
    const why = refusalOf(compiled, seen, steps);
    if (why === undefined) return { kind: "approved", by: recordOf(compiled, observation) };
    reasons.push(`${compiled.rule.name}: ${why}`);
  }
  return refused(reasons.join("; "));
}

const UNCHECKED =
  "nobody has checked who set the rules, since an admission policy was missing: remove the rules, and set them again";

/** One empty list for all Repositories: compiled rules are kept by list. */
const NO_RULES: readonly AutomaticRule[] = [];

function refused(why: string): AutomaticDecision {
  return { kind: "refused", why };
}

function recordOf({ rule }: CompiledRule, { object, variant }: Observation): ApprovingRule {
  const isOfVariant = variant !== undefined && isOwnedBy(variant, object);
  return { rule, ...(isOfVariant && { variant: `${variant.metadata.name}/${variant.metadata.uid}` }) };
}

interface Facts {
  readonly values: RuleValues;
  readonly variant: VariantProposal;
}

/** What rules may look at, once it is known; or why no rule approves the proposal, whatever it says. */
function factsOf(
  observation: Observation,
  view: RevisionView,
  { trailers }: Pick<DraftBranch, "trailers">,
): Facts | string | undefined {
  const { object, review, changedFiles, changedModes = [] } = observation;
  if (releaseOf(object) !== undefined) return "members of a release are approved by people";
  const asking = applyingRules(observation)[0];
  if (asking !== undefined) return `rule ${asking.name} of spec.approval.rules asks people`;
  if ((object.metadata.annotations?.[ANNOTATION_CONFIRM_BASE] ?? "") !== "") {
    return `the annotation ${ANNOTATION_CONFIRM_BASE} confirms what only people can judge`;
  }
  const base = publishedBase(view, trailers?.metadata.base?.revision);
  if (typeof base === "string") return base;
  const before = base.trailers?.metadata;
  const after = trailers?.metadata;
  if (before === undefined || after === undefined) return "its commit has no record of the operator";
  if (!hasSameMetadata(before, after)) {
    return `its labels, annotations, inputs or gates are not those of ${base.revision}`;
  }
  if (review === undefined || changedFiles === undefined || review.digest !== object.status?.contentDigest)
    return undefined;
  if (review.changes === undefined) return "it could not be compared with the published revision";
  const unseen = unseenFile(changedFiles, changedModes, review.changes);
  if (unseen !== undefined) return unseen;
  const isEdited = editedAfter(trailers).edited === true || trailers?.editorsUnknown === true;
  const recorded = { before, after };
  const { variant, previous } = observation;
  return {
    variant: { object, variant, previous, isEdited, recorded },
    values: ruleValues({
      ...{ changes: review.changes, isEdited, recorded, base: base.revision },
      id: object.spec.packageRevID,
      variant: variant !== undefined && isOwnedBy(variant, object) ? variant.metadata.name : "",
    }),
  };
}

/** The published revision that a person or a rule has approved, and that the proposal began from. */
function publishedBase(view: RevisionView, recorded: string | undefined): PublishedRef | string {
  const { latest } = view;
  if (latest === undefined || recorded === undefined) return "a person approves the first revision of a package";
  if (latest.revision !== recorded) return `${latest.revision} was published since it began`;
  const { approvedBy, approvedByRule } = latest.trailers ?? {};
  if (approvedBy === undefined && approvedByRule === undefined) return `nobody is known to have approved ${recorded}`;
  return latest;
}

/** Each file that Git says differs must be in the review, and the review must be whole. It shows no modes. */
function unseenFile(
  changedFiles: readonly string[],
  changedModes: readonly string[],
  changes: PackageChanges,
): string | undefined {
  if (!isWhole(changes)) return "it changes more than the review can show";
  const shown = new Set(changes.files.flatMap(({ path, was }) => (was === undefined ? [path] : [path, was])));
  const unseen = changedModes[0] ?? changedFiles.find((path) => !shown.has(path));
  return unseen === undefined ? undefined : `it changes ${JSON.stringify(unseen)} in a way that no review shows`;
}

function refusalOf(compiled: CompiledRule, { values, variant }: Facts, budget: CostBudget): string | undefined {
  const ofVariant = compiled.rule.initial === true ? variantProblem(variant) : undefined;
  return ofVariant ?? expressionRefusal(compiled, values, budget);
}
