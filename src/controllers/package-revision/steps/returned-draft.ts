import type { PackageRevisionStatus } from "../../../api/v1alpha1/package-revision-status.ts";
import type { StepResult } from "./step.ts";

/** The limit of `status.takenBack`, `status.voided` and `status.rejected`, in characters. */
const MAX_MESSAGE = 4096;

/** Ready reasons of a draft whose request to propose, or proposal, ended without its proposer's request for that. */
export type ReturnReason = "ProposalTakenBack" | "ProposalVoided" | "ProposalRejected";

/** The status fields that say why: they are shown until the draft is to be proposed again. */
export const NOT_RETURNED = { takenBack: undefined, voided: undefined, rejected: undefined } as const;

export function returnedReady(reason: ReturnReason, message: string): StepResult["readiness"] {
  return { state: "ready", reason, message };
}

/** Undefined: the draft was not proposed, or its proposer withdrew the proposal. */
export function returnedReadyOf(
  status: Pick<PackageRevisionStatus, keyof typeof NOT_RETURNED> | undefined,
): StepResult["readiness"] | undefined {
  const { takenBack, voided, rejected } = status ?? {};
  if (takenBack !== undefined) return returnedReady("ProposalTakenBack", takenBack);
  if (voided !== undefined) return returnedReady("ProposalVoided", voided);
  if (rejected !== undefined) return returnedReady("ProposalRejected", rejected);
  return undefined;
}

export function cutReturnMessage(message: string): string {
  return message.slice(0, MAX_MESSAGE);
}
