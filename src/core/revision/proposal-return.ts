import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_LIFECYCLE_CHANGED_BY, ANNOTATION_REJECTION_REASON } from "../../api/v1alpha1/well-known.ts";
import type { CommitMetadata } from "./commit-trailers.ts";

/** The limit of a reason, in characters; admission refuses longer ones. */
const MAX_REASON = 1024;

/** How a user made a proposal a draft again. */
export type ProposalReturn = Pick<CommitMetadata, "returnedBy" | "returnReason">;

/** As the request says it. */
export function requestedReturn({ metadata: { annotations = {} } }: PackageRevision): ProposalReturn {
  const by = annotations[ANNOTATION_LIFECYCLE_CHANGED_BY];
  const reason = Array.from(annotations[ANNOTATION_REJECTION_REASON] ?? "")
    .slice(0, MAX_REASON)
    .join("");
  return { ...(by !== undefined && { returnedBy: by }), ...(reason !== "" && { returnReason: reason }) };
}

/** As the commit of it records it. */
export function recordedReturn({ returnedBy, returnReason }: ProposalReturn): ProposalReturn {
  return { ...(returnedBy !== undefined && { returnedBy }), ...(returnReason !== undefined && { returnReason }) };
}

/** True for a rejection, false for a proposer who withdraws. Without names, who gives a reason rejects. */
export function isRejection({ returnedBy, returnReason }: ProposalReturn, proposer: string | undefined): boolean {
  return returnedBy === undefined ? returnReason !== undefined : returnedBy !== proposer;
}

/** A sentence for the proposer. */
export function describeReturn(one: ProposalReturn, proposer: string | undefined): string {
  const { returnedBy, returnReason } = one;
  const of = proposer === undefined ? "" : ` of ${JSON.stringify(proposer)}`;
  const reason = returnReason === undefined ? "" : `: ${JSON.stringify(returnReason)}`;
  if (returnedBy === undefined) return `the proposal${of} was withdrawn or rejected; by whom is not known${reason}`;
  const does = isRejection(one, proposer) ? `rejected the proposal${of}` : "withdrew the proposal";
  return `${JSON.stringify(returnedBy)} ${does}${reason}`;
}

/** The same for a request to propose that waited, and was ended with a reason. Its proposer is not recorded then. */
export function describeEndedRequest({ returnedBy, returnReason }: ProposalReturn): string {
  const who = returnedBy === undefined ? "a user who is not recorded" : JSON.stringify(returnedBy);
  return `${who} took back the request to propose it: ${JSON.stringify(returnReason ?? "")}`;
}
