import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_REJECTION_REASON } from "../../../api/v1alpha1/well-known.ts";
import {
  describeEndedRequest,
  describeReturn,
  isRejection,
  type ProposalReturn,
  requestedReturn,
} from "../../../core/revision/proposal-return.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import type { RevisionScope } from "../scope.ts";
import { cutReturnMessage, NOT_RETURNED, returnedReady } from "./returned-draft.ts";
import type { StepResult } from "./step.ts";

const NEXT = "edit the draft, then propose it again";

/**
 * Shows why a request to propose, which waited, was taken back by a user who gave a reason. Git has no commit of the
 * request, nor of its end. Undefined: there is no such reason.
 */
export async function showEndedRequest(scope: RevisionScope): Promise<StepResult | undefined> {
  const { object } = scope;
  const isDraft = (object.spec.lifecycle ?? "draft") === "draft";
  if (!isDraft || object.metadata.annotations?.[ANNOTATION_REJECTION_REASON] === undefined) return undefined;
  const shown = rejectionStatus(describeEndedRequest(requestedReturn(object)), scope.now);
  const { rejected } = shown;
  const readiness = returnedReady("ProposalRejected", rejected);
  if (object.status?.rejected !== rejected)
    return { object, status: { ...NOT_RETURNED, ...shown }, readiness, again: true };
  // Only now: an interruption before would have lost it.
  return { object: await removeReason(scope, object), status: {}, readiness, again: true };
}

/** What status says of a rejection; undefined if the proposer withdrew the proposal. */
export function rejectionOf(
  returned: ProposalReturn,
  proposer: string | undefined,
  now: string,
): RejectionStatus | undefined {
  return isRejection(returned, proposer) ? rejectionStatus(describeReturn(returned, proposer), now) : undefined;
}

/** `rejected` is for the proposer, until the next proposal; `lastRejection` for those who decide on that. */
type RejectionStatus = Required<Pick<PackageRevisionStatus, "rejected" | "lastRejection">>;

function rejectionStatus(message: string, now: string): RejectionStatus {
  const lastRejection = { message: cutReturnMessage(message), at: now };
  return { rejected: cutReturnMessage(`${message}; ${NEXT}`), lastRejection };
}

/** An Event: the record of the proposal goes, and the proposer wants to know who rejected it, and why. */
export function reportReturn({ object, dependencies: { events } }: RevisionScope, returned: ProposalReturn): void {
  const proposer = object.status?.proposal?.by;
  const reason = isRejection(returned, proposer) ? "ProposalRejected" : "ProposalWithdrawn";
  events.record(object, { type: "Normal", reason, action: "ReturnToDraft", note: describeReturn(returned, proposer) });
}

/** So that the next rejection does not repeat it. Git has it by then. One write, if there is a reason. */
export async function removeReason(
  { dependencies: { client } }: RevisionScope,
  object: PackageRevision,
): Promise<PackageRevision> {
  if (object.metadata.annotations?.[ANNOTATION_REJECTION_REASON] === undefined) return object;
  const { namespace, name } = object.metadata;
  const body = { metadata: { annotations: { [ANNOTATION_REJECTION_REASON]: null } } };
  return await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
}
