import { describePolicies, POLICIES_MISSING } from "../../admission/policy-state.ts";
import type { Blocker, Observation } from "../observation.ts";

/** Nothing is published or deleted while requests may be admitted that an admission policy would refuse. */
export function policiesBlocker({ policies }: Pick<Observation, "policies">): Blocker | undefined {
  if (policies.kind === "enforced") return undefined;
  const passes = policies.kind === "unknown" || policies.settling === true;
  return { reason: POLICIES_MISSING, message: describePolicies(policies), kind: passes ? "waiting" : "stalled" };
}
