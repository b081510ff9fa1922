import { firstDifference, normalizeSpec } from "./normalize.ts";
import type { AdmissionObject } from "./policy-manifests.ts";

/** A policy, or a binding, that is not as it has to be. */
export interface PolicyFinding {
  readonly kind: string;
  readonly name: string;
  /** What is wrong, as the rest of a sentence that begins with the kind and name. */
  readonly problem: string;
}

/** The objects of the API server by kind. A kind is absent if the API server does not serve it. */
export type LivePolicies = ReadonlyMap<string, readonly AdmissionObject[]>;

/**
 * The expected policies that are not in force: not installed, being deleted, other than expected, or without a binding
 * that enforces all of it. Policies of kinds that the API server does not serve are not expected. Further policies and
 * bindings do no harm: each can only refuse more.
 */
export function comparePolicies(expected: readonly AdmissionObject[], live: LivePolicies): readonly PolicyFinding[] {
  return expected.flatMap((policy) => {
    const { kind = "", metadata } = policy;
    const present = live.get(kind);
    if (kind.endsWith("Binding") || present === undefined) return [];
    const found = present.find((one) => one.metadata.name === metadata.name);
    const bindings = bindingsOf(policy, live.get(`${kind}Binding`) ?? []);
    return [...compareOne(policy, found), ...compareBindings(bindingsOf(policy, expected), bindings)];
  });
}

function bindingsOf({ kind, metadata }: AdmissionObject, among: readonly AdmissionObject[]) {
  const bindingKind = `${kind}Binding`;
  return among.filter((one) => (one.kind ?? bindingKind) === bindingKind && one.spec?.policyName === metadata.name);
}

function compareOne(expected: AdmissionObject, live: AdmissionObject | undefined): readonly PolicyFinding[] {
  if (live === undefined) return [finding(expected, "is not installed")];
  if (isTerminating(live)) return [finding(expected, "is being deleted")];
  const difference = firstDifference(normalizeSpec(expected.spec), normalizeSpec(live.spec), "spec");
  return difference === undefined ? [] : [finding(expected, `is not the one of this version: ${difference}`)];
}

/** Each expected binding must be there under any name: as it is expected, with further actions at most. */
function compareBindings(
  expected: readonly AdmissionObject[],
  live: readonly AdmissionObject[],
): readonly PolicyFinding[] {
  return expected.flatMap((binding) => {
    const problems = live.map((one) => problemOfBinding(binding, one));
    if (problems.includes(undefined)) return [];
    const named = live.findIndex((one) => one.metadata.name === binding.metadata.name);
    return [finding(binding, problems[Math.max(named, 0)] ?? "is not installed")];
  });
}

function problemOfBinding(expected: AdmissionObject, live: AdmissionObject): string | undefined {
  if (isTerminating(live)) return "is being deleted";
  const { validationActions: wanted = [], ...rest } = expected.spec ?? {};
  const { validationActions = [], ...liveRest } = live.spec ?? {};
  const actions = asList(validationActions);
  const lacking = asList(wanted).find((action) => !actions.includes(action));
  if (lacking !== undefined) return `has no ${String(lacking)} in spec.validationActions`;
  const difference = firstDifference(normalizeSpec(rest), normalizeSpec(liveRest), "spec");
  return difference === undefined ? undefined : `is not the one of this version: ${difference}`;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isTerminating({ metadata }: AdmissionObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function finding({ kind = "", metadata: { name = "" } }: AdmissionObject, problem: string): PolicyFinding {
  return { kind, name, problem };
}
