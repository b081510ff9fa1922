import type { RecordedApprovals } from "../../../core/revision/approval-trailers.ts";
import { countedApprovals, recordApprovals } from "../../../core/revision/approvals/given-approvals.ts";
import { requiredApprovals } from "../../../core/revision/approvals/required-approvals.ts";
import type { Observation } from "../../../core/revision/observation.ts";
import type { RevisionScope } from "../scope.ts";
import type { StepResult } from "./step.ts";

/** The status fields of a draft: a proposal that became a draft has lost its approvals. */
export const NO_APPROVALS = { requiredApprovals: undefined, approvals: undefined } as const;

/** The approvals that a proposal needs and has; undefined where one of any approver is enough. */
export function approvalRecord(observation: Observation, digest: string, now: string): RecordedApprovals | undefined {
  const required = requiredApprovals(observation);
  if (required.length === 0) return undefined;
  const before = observation.object.status?.approvals ?? [];
  return { required, given: recordApprovals(countedApprovals(observation, digest), required, before, now) };
}

export function approvalStatus({ observation, now }: RevisionScope, digest: string): StepResult["status"] {
  const record = approvalRecord(observation, digest, now);
  if (record === undefined) return NO_APPROVALS;
  return { requiredApprovals: record.required, approvals: record.given.length === 0 ? undefined : record.given };
}
