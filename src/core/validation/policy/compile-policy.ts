import type { Policy } from "../../../api/v1alpha1/repository-policies.ts";
import { Cel, type CelProgram } from "../../cel/cel.ts";
import { CelError } from "../../cel/cel-error.ts";
import { type CelValue, toCel } from "../../cel/values.ts";
import { isLargerThan } from "../../identity/json-size.ts";
import type { FieldPath } from "../schema/unknown-fields.ts";
import { locate } from "../text-position.ts";
import { readFieldPath } from "./field-path.ts";

/** What keeps a policy from being evaluated at all. */
export interface PolicyProblem {
  readonly policy: string;
  /** `policy no-latest-tag: expression:1:15: Unknown variable: objet` */
  readonly message: string;
  readonly severity: "error" | "warning";
}

/** A policy whose expressions are ready. */
export interface CompiledPolicy {
  readonly policy: Policy;
  readonly variables: readonly { readonly name: string; readonly program: CelProgram }[];
  readonly expression: CelProgram;
  readonly messageExpression: CelProgram | undefined;
  readonly field: FieldPath;
  readonly params: CelValue;
}

/** Characters of JSON. */
const MAX_PARAMS = 16 * 1024;

/** Characters of the expressions of all policies: a tenth of a second. */
const MAX_LENGTH = 64 * 1024;

let language: Cel | undefined;

/** The policies that can be evaluated, and why the others cannot. */
export function compilePolicies(policies: readonly Policy[]): {
  readonly compiled: readonly CompiledPolicy[];
  readonly problems: readonly PolicyProblem[];
} {
  const compiled: CompiledPolicy[] = [];
  const problems: PolicyProblem[] = [];
  let length = 0;
  for (const policy of policies) {
    length += lengthOf(policy);
    const found: string[] = [];
    if (length > MAX_LENGTH) {
      const message = `policy ${policy.name}: the expressions up to this one have more than ${MAX_LENGTH} characters`;
      problems.push({ policy: policy.name, message, severity: policy.severity ?? "error" });
      continue;
    }
    const result = compilePolicy(policy, (field, message) => found.push(`policy ${policy.name}: ${field}${message}`));
    if (result !== undefined && found.length === 0) compiled.push(result);
    for (const message of found) problems.push({ policy: policy.name, message, severity: policy.severity ?? "error" });
  }
  return { compiled, problems };
}

function lengthOf({ expression, messageExpression = "", variables = [] }: Policy): number {
  return [expression, messageExpression, ...variables.map((one) => one.expression)].join("").length;
}

type Report = (field: string, message: string) => void;

/** Undefined only if something was reported. */
function compilePolicy(policy: Policy, report: Report): CompiledPolicy | undefined {
  const { params = {}, fieldPath = "", messageExpression } = policy;
  const declared = new Set<string>();
  const variables = (policy.variables ?? []).flatMap(({ name, expression }, index) => {
    const program = compile(expression, `variables[${index}].expression`, undefined, declared, report);
    declared.add(name);
    return program === undefined ? [] : [{ name, program }];
  });
  const expression = compile(policy.expression, "expression", "bool", declared, report);
  const message =
    messageExpression === undefined
      ? undefined
      : compile(messageExpression, "messageExpression", "string", declared, report);
  const field = readFieldPath(fieldPath);
  if (field === undefined) report("fieldPath", `: ${JSON.stringify(fieldPath)} is no path such as .spec.replicas`);
  if (isLargerThan(params, MAX_PARAMS)) report("params", `: have more than ${MAX_PARAMS} characters of JSON`);
  if (expression === undefined || field === undefined) return undefined;
  return { policy, variables, expression, messageExpression: message, field, params: toCel(params) };
}

function compile(
  expression: string,
  field: string,
  type: "bool" | "string" | undefined,
  declared: ReadonlySet<string>,
  report: Report,
): CelProgram | undefined {
  const reportAt = (offset: number, message: string) => {
    const { line, column } = locate(expression, offset);
    report(field, `:${line}:${column}: ${message}`);
  };
  try {
    language ??= new Cel({ object: "dyn", params: "dyn", variables: "map", packageRevision: "dyn" });
    const program = language.compile(expression);
    const unknown = program.paths.find(({ names: [first, name] }) => {
      return first === "variables" && name !== undefined && !declared.has(name);
    });
    if (unknown !== undefined) reportAt(unknown.offset, `no variable before it is called ${unknown.names[1]}`);
    const isOfType = type === undefined || program.type === type || program.type === "dyn";
    if (!isOfType) reportAt(0, `gives a value of type ${program.type}, and must give ${type}`);
    return unknown === undefined && isOfType ? program : undefined;
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    reportAt(error.offset ?? 0, error.message);
    return undefined;
  }
}
