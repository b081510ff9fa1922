import type { Proposal } from "../../../api/v1alpha1/package-revision-status.ts";
import { describeApprovals } from "../approvals/describe-approvals.ts";
import { countedApprovals, givenApprovals, missingApprovals, releaseDigestOf } from "../approvals/given-approvals.ts";
import { requiredApprovals } from "../approvals/required-approvals.ts";
import type { Blocker, Observation } from "../observation.ts";
import { involvedUsers, requiresFourEyes } from "./four-eyes.ts";

/** As many approvals, and of such users, as `spec.approval` of the Repository asks for. */
export function approvalsBlocker(observation: Observation, proposal: Proposal): Blocker | undefined {
  const state = approvalsMessage(observation, proposal);
  if (state === undefined || !state.isMissing) return undefined;
  return { reason: "WaitingForApproval", message: state.message, kind: "waiting" };
}

/** What a proposal has and lacks; undefined if one approval of any approver is enough. */
export function approvalsMessage(
  observation: Observation,
  { digest }: Pick<Proposal, "digest">,
): { readonly message: string; readonly isMissing: boolean } | undefined {
  const required = requiredApprovals(observation);
  if (required.length === 0) return undefined;
  const counted = countedApprovals(observation, digest);
  const others = requiresFourEyes(observation) ? [...new Set(involvedUsers(observation))] : [];
  const void_ = givenApprovals(observation.object, digest, releaseDigestOf(observation)).filter(
    ({ by }) => !counted.some((one) => one.by === by),
  );
  const note =
    void_.length === 0
      ? ""
      : `; not counted: ${void_.map(({ by }) => by).join(", ")}, who proposed, edited or changed it (spec.approval.fourEyes)`;
  return {
    message: `${describeApprovals(required, counted, others)}${note}`,
    isMissing: missingApprovals(required, counted).length > 0,
  };
}
