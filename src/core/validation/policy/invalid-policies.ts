import type { Policy } from "../../../api/v1alpha1/repository-policies.ts";
import { compilePolicies } from "./compile-policy.ts";

/** The reason of a Repository with a policy that cannot be evaluated; its packages are read and edited all the same. */
export const INVALID_POLICY = "InvalidPolicy";

const MAX_NAMED = 3;
/** Of lists, which are replaced when they change. */
const known = new WeakMap<readonly Policy[], string | undefined>();

/** What is wrong with the policies of a Repository; undefined if all can be evaluated. Once a list. */
export function describeInvalidPolicies(policies: readonly Policy[] | undefined): string | undefined {
  if (policies === undefined) return undefined;
  if (!known.has(policies)) known.set(policies, describe(policies));
  return known.get(policies);
}

function describe(policies: readonly Policy[]): string | undefined {
  const { problems } = compilePolicies(policies);
  if (problems.length === 0) return undefined;
  const named = problems.slice(0, MAX_NAMED).map(({ message }) => message);
  const more = problems.length - named.length;
  return `${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}: correct spec.policies`;
}
