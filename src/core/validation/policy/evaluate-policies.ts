import type { PackageRevID } from "../../../api/v1alpha1/package-identity.ts";
import type { Policy } from "../../../api/v1alpha1/repository-policies.ts";
import { CelError } from "../../cel/cel-error.ts";
import { CostBudget } from "../../cel/cost-budget.ts";
import { type CelValue, toCel } from "../../cel/values.ts";
import type { Finding } from "../objects/finding.ts";
import { isToolConfig, type ParsedObject } from "../objects/parse-objects.ts";
import type { CompiledPolicy } from "./compile-policy.ts";
import { lazyVariables } from "./lazy-variables.ts";
import { isAbout } from "./match.ts";
import { toPolicyValue } from "./policy-value.ts";

/** The package revision that objects belong to, as far as it is known. */
export interface PackageFacts {
  readonly packageRevID?: PackageRevID;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Steps of one policy in one package: half a second. */
const MAX_COST = 5_000_000;
/** Steps of all policies in one package. */
const MAX_TOTAL_COST = 20_000_000;
/** What helps where a policy is about values, and a block has expressions. */
const OF_BLOCK = '. This is a block without config.kubernetes.io/local-config: "true", which tools apply';
/** Of one policy in one package. */
const MAX_FINDINGS = 1000;

/**
 * Evaluates policies on the objects of a package. What cannot be evaluated is a finding as well, as is what is left
 * when the evaluation takes too many steps. Never throws; takes two seconds at most.
 *
 * What is marked as configuration of tools, or `aside`, only policies that name kinds are about: not every tool that
 * applies the files leaves it out, so that a mark must not be a way around a policy about workloads.
 */
export function evaluatePolicies(
  policies: readonly CompiledPolicy[],
  objects: readonly ParsedObject[],
  facts: PackageFacts = {},
  { aside = [], blocks = [] }: MoreObjects = {},
): readonly Finding[] {
  const subjects = [
    ...objects.map((one) => toSubject(one, { isAside: isToolConfig(one) })),
    ...aside.map((one) => toSubject(one, { isAside: true })),
    ...blocks.map((one) => toSubject(one, { isBlock: true })),
  ];
  const packageRevision = toPackageRevision(facts);
  let left = MAX_TOTAL_COST;
  return policies.flatMap((policy) => {
    const isCut = left < MAX_COST;
    const budget = new CostBudget(isCut ? left : MAX_COST);
    const findings = evaluateOne(policy, subjects, { packageRevision, budget, isCut });
    left = Math.max(0, left - budget.spent);
    return findings;
  });
}

export interface MoreObjects {
  /** In files that are left out of the package, and in JSON. */
  readonly aside?: readonly ParsedObject[];
  /** Blocks of the package language that tools apply as they are. */
  readonly blocks?: readonly ParsedObject[];
}

/** An object, and its value for expressions, which policies share. */
interface Subject {
  readonly object: ParsedObject;
  /** Left out by some of the tools that apply the files. */
  readonly isAside?: boolean;
  readonly isBlock?: boolean;
  readonly value: () => CelValue;
}

function toSubject(object: ParsedObject, about: Pick<Subject, "isAside" | "isBlock">): Subject {
  let value: CelValue | undefined;
  return {
    object,
    ...about,
    value: () => {
      value ??= toPolicyValue(object.value);
      return value;
    },
  };
}

function toPackageRevision({ packageRevID, labels }: PackageFacts): CelValue {
  return toCel({ metadata: { labels: labels ?? {} }, spec: packageRevID === undefined ? {} : { packageRevID } });
}

interface Circumstances {
  readonly packageRevision: CelValue;
  readonly budget: CostBudget;
  /** True if the budget is what other policies have left. */
  readonly isCut: boolean;
}

function evaluateOne(
  policy: CompiledPolicy,
  subjects: readonly Subject[],
  { packageRevision, budget, isCut }: Circumstances,
): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { object, isAside = false, isBlock = false, value } of subjects) {
    if (isAside && !namesKinds(policy.policy)) continue;
    const evaluate = () =>
      isAbout(policy.policy, object, budget)
        ? complaintOf(policy, object, bind(policy, value(), packageRevision, budget), budget)
        : undefined;
    const complaint = orProblem(evaluate, object, isCut);
    if (complaint !== undefined)
      findings.push(toFinding(policy, object, isBlock ? `${complaint}${OF_BLOCK}` : complaint));
    if (budget.isExhausted || findings.length >= MAX_FINDINGS) break;
  }
  return findings;
}

function namesKinds({ match }: Policy): boolean {
  return match?.kinds !== undefined || match?.apiVersions !== undefined;
}

type Values = ReadonlyMap<string, CelValue>;

function bind(policy: CompiledPolicy, object: CelValue, packageRevision: CelValue, budget: CostBudget): Values {
  const values = new Map<string, CelValue>([
    ["object", object],
    ["params", policy.params],
    ["packageRevision", packageRevision],
  ]);
  const variables = policy.variables.map(({ name, program }) => ({
    name,
    evaluate: () => program.evaluate(values, budget),
  }));
  return values.set("variables", lazyVariables(variables));
}

/** The message for an object that does not comply. Throws a CelError. */
function complaintOf(
  policy: CompiledPolicy,
  object: ParsedObject,
  values: Values,
  budget: CostBudget,
): string | undefined {
  const result = policy.expression.evaluate(values, budget);
  if (result === true) return undefined;
  if (result === false) return messageOf(policy, object, values, budget);
  throw new CelError("evaluation", "the expression must give true or false");
}

/** The result, or why there is none. */
function orProblem(evaluate: () => string | undefined, object: ParsedObject, isCut: boolean): string | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    if (error.kind === "limit") {
      const cause = isCut ? `all policies of a package may take ${MAX_TOTAL_COST} steps` : error.message;
      return `cannot be evaluated, nor on objects after this one: ${cause}; simplify the polic${isCut ? "ies" : "y"}`;
    }
    // The library's messages may quote values.
    return isSecret(object) ? "cannot be evaluated" : `cannot be evaluated: ${error.message}`;
  }
}

function messageOf(
  { policy, messageExpression }: CompiledPolicy,
  object: ParsedObject,
  values: Values,
  budget: CostBudget,
): string {
  const fallback = policy.message ?? `is not true: ${policy.expression}`;
  if (messageExpression === undefined || isSecret(object)) return fallback;
  try {
    const message = messageExpression.evaluate(values, budget);
    return typeof message === "string" && message.trim() !== "" ? message : fallback;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return fallback;
  }
}

function isSecret({ apiVersion, kind }: ParsedObject): boolean {
  return apiVersion === "v1" && kind === "Secret";
}

function toFinding({ policy, field }: CompiledPolicy, object: ParsedObject, message: string): Finding {
  const oneLine = message.replaceAll(/\s+/g, " ").trim();
  return {
    object,
    field,
    rule: `policy/${policy.name}`,
    severity: policy.severity ?? "error",
    message: `policy ${policy.name}: ${oneLine}`,
  };
}
