import type { Proposal } from "../../../api/v1alpha1/package-revision-status.ts";
import { timestamp } from "../../identity/timestamp.ts";
import { countedApprovals } from "../approvals/given-approvals.ts";
import type { Blocker, Observation } from "../observation.ts";

/** Nothing is published during a freeze of the Repository, but what an approver with the right to it says is urgent. */
export function freezeBlocker(observation: Observation, { digest }: Pick<Proposal, "digest">): Blocker | undefined {
  const { freeze } = observation;
  if (freeze === undefined || freezeOverride(observation, digest) !== undefined) return undefined;
  const { name, end } = freeze;
  const override = "or an approval with overrideFreeze by a user who may override-freeze packagerevisions";
  if ("problem" in end) {
    const message = `spec.freezes of the Repository cannot be evaluated: ${name}: ${end.problem}: correct it`;
    return { reason: "InvalidFreeze", message, kind: "stalled" };
  }
  const until = timestamp(new Date(end.until));
  const message = `the Repository is frozen (${name}): waits until ${until}, ${override}`;
  return { reason: "Frozen", message, kind: "waiting", until: end.until };
}

/** The approval that overrides freezes, and why. */
export function freezeOverride(
  observation: Observation,
  digest: string,
): { readonly by: string; readonly reason: string } | undefined {
  for (const { by, overrideFreeze } of countedApprovals(observation, digest)) {
    if (overrideFreeze !== undefined) return { by, reason: overrideFreeze };
  }
  return undefined;
}
