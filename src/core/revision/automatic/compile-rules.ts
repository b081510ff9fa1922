import type { AutomaticRule } from "../../../api/v1alpha1/repository-approval.ts";
import { Cel, type CelProgram } from "../../cel/cel.ts";
import { CelError } from "../../cel/cel-error.ts";
import { locate } from "../../validation/text-position.ts";

/** The reason of a Repository with an automatic rule that cannot be evaluated, and approves nothing. */
export const INVALID_APPROVAL_RULE = "InvalidApprovalRule";

export interface CompiledRule {
  readonly rule: AutomaticRule;
  /** Absent for a rule without an expression. */
  readonly program?: CelProgram;
  /** Why its expression can never be evaluated; it approves nothing. */
  readonly problem?: string;
}

const MAX_NAMED = 3;
let language: Cel | undefined;
/** By list: a list of rules is replaced when it changes. */
const known = new WeakMap<readonly AutomaticRule[], readonly CompiledRule[]>();

/** Compiles the rules of a Repository, once a list. */
export function compileRules(rules: readonly AutomaticRule[]): readonly CompiledRule[] {
  const found = known.get(rules) ?? rules.map(compileRule);
  known.set(rules, found);
  return found;
}

/** What is wrong with the rules; undefined if all can be evaluated. */
export function describeInvalidRules(rules: readonly AutomaticRule[] = []): string | undefined {
  const problems = compileRules(rules).flatMap(({ rule, problem }) => {
    return problem === undefined ? [] : [`rule ${rule.name}: expression:${problem}`];
  });
  if (problems.length === 0) return undefined;
  const more = problems.length - MAX_NAMED;
  const named = problems.slice(0, MAX_NAMED).join("; ");
  return `${named}${more > 0 ? `; and ${more} more` : ""}: correct spec.approval.automatic`;
}

function compileRule(rule: AutomaticRule): CompiledRule {
  const { expression } = rule;
  if (expression === undefined) return { rule };
  try {
    language ??= new Cel({ change: "dyn", upgrade: "dyn", revision: "dyn" });
    const program = language.compile(expression);
    if (program.type === "bool" || program.type === "dyn") return { rule, program };
    return { rule, problem: `1:1: gives a value of type ${program.type}, and must give bool` };
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    const { line, column } = locate(expression, error.offset ?? 0);
    return { rule, problem: `${line}:${column}: ${error.message}` };
  }
}
