import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { asRecorded } from "../../core/identity/recorded-names.ts";
import { describeApprovals } from "../../core/revision/approvals/describe-approvals.ts";
import { countsFor, givenApprovals, missingApprovals } from "../../core/revision/approvals/given-approvals.ts";
import type { Me } from "../context.ts";
import { formatAge } from "../output/age.ts";
import { readyOf } from "./conditions.ts";

const WAITING = "WaitingForApproval";
const FROZEN = "Frozen";

/** What a user approves. */
export interface Decision {
  readonly digest: string;
  /** The reason to publish it during a freeze. */
  readonly overrideFreeze?: string | undefined;
  /** The digest of the release that it is a member of. */
  readonly release?: string | undefined;
}

/** What the API server is told of an approval: its digest, and the groups that count, which it checks. */
export function approvalBy({ status }: PackageRevision, { groups }: Me, { digest, overrideFreeze, release }: Decision) {
  const named = new Set((status?.requiredApprovals ?? []).flatMap((one) => one.groups ?? []));
  const counting = groups.filter((group) => named.has(group));
  return {
    digest,
    ...(counting.length > 0 && { groups: counting }),
    ...(overrideFreeze !== undefined && { overrideFreeze }),
    ...(release !== undefined && { release }),
  };
}

/** True if the publication is requested, and waits for other approvals alone. */
export function waitsForApproval({ status }: PackageRevision): boolean {
  return status?.waitingFor?.includes(WAITING) === true;
}

/** True if the publication is requested, and waits for other users or the end of a freeze. */
export function waitsLong({ status }: PackageRevision): boolean {
  return status?.waitingFor?.some((reason) => reason === WAITING || reason === FROZEN) === true;
}

/** `1 of 2 approvals (bob); waits for …`, if more than one approver is asked for. */
export function approvalsOf(revision: PackageRevision): string | undefined {
  const { requiredApprovals, approvals = [] } = revision.status ?? {};
  if (requiredApprovals === undefined) return undefined;
  // The operator's words know who may not approve under four eyes.
  const ready = readyOf(revision);
  if (waitsForApproval(revision) && ready?.reason === WAITING) return ready.message;
  return describeApprovals(requiredApprovals, approvals);
}

/** `bob, 2m ago`, with the groups that count. */
export function listApprovals({ status }: PackageRevision, now: number): readonly string[] {
  return (status?.approvals ?? []).map(({ by, groups, at }) => {
    const of = groups === undefined ? "" : `, of ${groups.map((group) => `group ${group}`).join(", ")}`;
    return `${by}${of}, ${formatAge(at, now)} ago`;
  });
}

/** True if the user has approved the proposal as it is now; of a member of a release, with this digest of that. */
export function hasApproved(revision: PackageRevision, { username }: Pick<Me, "username">, release?: string): boolean {
  const given = givenApprovals(revision, revision.status?.proposal?.digest ?? "", release);
  return given.some(({ by }) => asRecorded(by) === asRecorded(username));
}

/**
 * True for a proposal that waits for an approval that this user could give, as far as groups and earlier approvals
 * decide: whether the user has the right to approve is not known here.
 */
export function waitsForUser(revision: PackageRevision, me: Me): boolean {
  const { spec, status, metadata } = revision;
  const isRequested = spec.lifecycle === "published";
  const isOpen = status?.lifecycle === "proposed" && metadata.deletionTimestamp === undefined;
  if (!isOpen || (isRequested && !waitsForApproval(revision)) || hasApproved(revision, me)) return false;
  const missing = missingApprovals(status.requiredApprovals ?? [], status.approvals ?? []);
  // With all approvals there, somebody still has to request the publication.
  return missing.length === 0 || missing.some((one) => countsFor(one, me));
}
