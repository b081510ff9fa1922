import { CelError } from "../../cel/cel-error.ts";
import { CostBudget } from "../../cel/cost-budget.ts";
import { isWhole } from "../../review/bound-change.ts";
import type { ApprovingRule } from "../approval-trailers.ts";
import { type CompiledRule, compileRules } from "./compile-rules.ts";
import { type RuleFacts, type RuleValues, ruleValues } from "./rule-values.ts";
import { hasSameMetadata } from "./same-metadata.ts";
import { upgradeProblem } from "./variant-upgrade.ts";

/** Steps of all expressions for one proposal: a tenth of a second. */
export const MAX_RULE_COST = 1_000_000;
/** The length of an expression's problem in a message. */
const MAX_WHY = 200;

/** Why the expression of a rule is not true for a proposal; undefined if it is, and for a rule without one. */
export function expressionRefusal(
  { program, problem }: CompiledRule,
  values: RuleValues,
  budget: CostBudget,
): string | undefined {
  if (problem !== undefined) return `expression:${problem}`.slice(0, MAX_WHY);
  if (program === undefined) return undefined;
  try {
    const result = program.evaluate(values, budget);
    if (result === true) return undefined;
    return result === false ? "is not true" : "gives neither true nor false";
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return `cannot be evaluated: ${error.message}`.slice(0, MAX_WHY);
  }
}

/** Why the rule that a tag names would not have approved what Git has; undefined if it would. */
export function recordedRuleProblem(
  { rule, variant }: ApprovingRule,
  facts: Omit<RuleFacts, "variant">,
): string | undefined {
  if (!isWhole(facts.changes)) return "it changes more than a review can show";
  if (!hasSameMetadata(facts.recorded.before, facts.recorded.after))
    return "its metadata is not that of the revision before";
  const ofVariant = rule.initial === true ? upgradeProblem(facts) : undefined;
  if (ofVariant !== undefined) return ofVariant;
  const values = ruleValues({ ...facts, variant: variant?.split("/")[0] ?? "" });
  return compileRules([rule])
    .map((one) => expressionRefusal(one, values, new CostBudget(MAX_RULE_COST)))
    .find((why) => why !== undefined);
}
