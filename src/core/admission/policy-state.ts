import type { PolicyFinding } from "./compare-policies.ts";

/**
 * Whether the API server enforces the admission policies that approvals rely on.
 * - `unknown`: it cannot be told now, such as while the API server does not answer.
 * - `missing`: requests were or are admitted that a policy would have refused.
 */
export type PolicyState =
  | {
      readonly kind: "enforced";
      /** The API server serves no mutating policies: only what status demands names its user. */
      readonly withoutNames?: true;
    }
  | { readonly kind: "unknown"; readonly message: string }
  | {
      readonly kind: "missing";
      readonly findings: readonly PolicyFinding[];
      /** They are installed again; the API server may not enforce them yet. */
      readonly settling?: boolean;
    };

/** A state in which nothing is published. */
export type UnenforcedPolicies = Exclude<PolicyState, { readonly kind: "enforced" }>;

export const ENFORCED: PolicyState = { kind: "enforced" };
export const ENFORCED_WITHOUT_NAMES: PolicyState = { kind: "enforced", withoutNames: true };
export const POLICIES_MISSING = "PoliciesMissing";
/** Messages name so many findings, and count the others. */
const MAX_NAMED = 5;
const HELD = "nothing is published and no published revision is deleted";
const MEND =
  "to mend it, run `make install`, or delete the named objects that exist and run `helm upgrade` with the chart of " +
  "this version";

/** What is missing, what that holds back, and how to mend it. */
export function describePolicies(state: UnenforcedPolicies): string {
  if (state.kind === "unknown") {
    return `${HELD}: it is not known whether the admission policies are enforced: ${state.message}`;
  }
  if (state.settling === true) {
    const why = "the admission policies are installed again, and the API server begins to enforce them";
    return `${HELD} for a few seconds: ${why}`;
  }
  const named = state.findings.slice(0, MAX_NAMED).map(({ kind, name, problem }) => `${kind} ${name} ${problem}`);
  const more = state.findings.length - named.length;
  const rest = more > 0 ? `; and ${more} more` : "";
  return `${HELD}: ${named.join("; ")}${rest}; ${MEND}`;
}
