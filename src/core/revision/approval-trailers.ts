import {
  areGivenApprovals,
  areRequiredApprovals,
  type GivenApproval,
  type RequiredApproval,
} from "../../api/v1alpha1/package-revision-status.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { USER_NAME } from "./editor-trailers.ts";
import { type Trailer, toLine, valuesOf } from "./trailer-value.ts";

/** The approvals that a publication needed by `spec.approval` of its Repository, and those that it had. */
export interface RecordedApprovals {
  readonly required: readonly RequiredApproval[];
  readonly given: readonly GivenApproval[];
}

/** Occurs once for each approver; the first one requested the publication. */
export const APPROVER_TRAILER = "Approved-By";
/** One JSON trailer: groups, digests and times. */
const APPROVALS_TRAILER = "Package-Approvals";

interface Approved {
  readonly approvedBy?: string;
  readonly approvals?: RecordedApprovals;
}

/** The lines that follow that of the first approver. */
export function approvalTrailers({ approvedBy, approvals }: Approved): readonly string[] {
  if (approvals === undefined) return [];
  const others = approvals.given.filter(({ by }) => by !== approvedBy);
  return [...others.map(({ by }) => toLine(APPROVER_TRAILER, by)), `${APPROVALS_TRAILER}: ${canonicalJson(approvals)}`];
}

export function parseApprovals(trailers: readonly Trailer[]): Approved {
  const [approvedBy] = valuesOf(APPROVER_TRAILER, trailers).filter((name) => USER_NAME.test(name));
  const [text] = valuesOf(APPROVALS_TRAILER, trailers);
  const approvals = text === undefined ? undefined : parseRecord(text);
  return { ...(approvedBy !== undefined && { approvedBy }), ...(approvals !== undefined && { approvals }) };
}

function parseRecord(text: string): RecordedApprovals | undefined {
  try {
    const { required, given } = JSON.parse(text) as { readonly required?: unknown; readonly given?: unknown };
    return areRequiredApprovals(required) && areGivenApprovals(given) ? { required, given } : undefined;
  } catch {
    return undefined;
  }
}
