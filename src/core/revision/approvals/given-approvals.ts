import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { GivenApproval, RequiredApproval } from "../../../api/v1alpha1/package-revision-status.ts";
import { asRecorded } from "../../identity/recorded-names.ts";
import { digestOfMembers } from "../../release/members.ts";
import type { Observation } from "../observation.ts";
import { involvedUsers, requiresFourEyes } from "../preconditions/four-eyes.ts";

/** An approval as admission has checked it: `groups` are the approver's. */
export interface Approval extends Omit<GivenApproval, "at"> {
  /** Why it is published during a freeze. Admission has checked the right to say so. */
  readonly overrideFreeze?: string;
}

/**
 * The approvals of a digest, each user once: first that of `spec.approval`, which requests the publication. Groups are
 * those of all approvals of the user.
 *
 * @param release the digest of its release, which approvals of a member have to name as well
 */
export function givenApprovals(
  { spec }: Pick<PackageRevision, "spec">,
  digest: string,
  release?: string,
): readonly Approval[] {
  const { approval, approvals = {} } = spec;
  const further = Object.entries(approvals).map(([by, one]) => ({ ...one, by }));
  const found = new Map<string, Approval>();
  for (const one of approval === undefined ? further : [approval, ...further]) {
    // Without a name: as an API server without the admission policies may have stored it.
    if (release !== undefined && one.release !== release) continue;
    if (one.digest !== digest || one.by === undefined || one.by === "") continue;
    const key = asRecorded(one.by);
    const known = found.get(key);
    const groups = [...new Set([...(known?.groups ?? []), ...(one.groups ?? [])])];
    const overrideFreeze = known?.overrideFreeze ?? one.overrideFreeze;
    found.set(key, {
      by: known?.by ?? one.by,
      ...(groups.length > 0 && { groups }),
      digest,
      ...(overrideFreeze !== undefined && { overrideFreeze }),
    });
  }
  return [...found.values()];
}

/** Undefined for a revision that is no member of a release, or of one that is too large to be published. */
export function releaseDigestOf({ release }: Observation): string | undefined {
  return release === undefined || release.members.length === 0 ? undefined : digestOfMembers(release.members);
}

/** Those that count: under four eyes, of users who have not proposed, edited or changed what they approve. */
export function countedApprovals(observation: Observation, digest: string): readonly Approval[] {
  const given = givenApprovals(observation.object, digest, releaseDigestOf(observation));
  if (!requiresFourEyes(observation)) return given;
  const involved = new Set(involvedUsers(observation));
  return given.filter(({ by }) => !involved.has(asRecorded(by)));
}

/** What a proposal still lacks. */
export interface MissingApproval extends RequiredApproval {
  /** How many more users must approve; at least 1. */
  readonly missing: number;
}

/** The requirements that the approvals do not meet. An approval counts for each requirement that asks for its user. */
export function missingApprovals(
  required: readonly RequiredApproval[],
  given: readonly Approval[],
): readonly MissingApproval[] {
  return required.flatMap((one) => {
    const missing = one.required - given.filter((approval) => countsFor(one, approval)).length;
    return missing > 0 ? [{ ...one, missing }] : [];
  });
}

/** True if an approval by a user of these groups counts for a requirement. */
export function countsFor({ groups }: RequiredApproval, approver: { readonly groups?: readonly string[] }): boolean {
  return groups === undefined || groups.some((group) => approver.groups?.includes(group) === true);
}

/** What is recorded: of an approver's groups, the first that counts for each requirement. Times that are known stay. */
export function recordApprovals(
  given: readonly Approval[],
  required: readonly RequiredApproval[],
  before: readonly GivenApproval[],
  now: string,
): readonly GivenApproval[] {
  return given.map(({ by, groups = [], digest }) => {
    const found = required.flatMap((one) => one.groups?.find((group) => groups.includes(group)) ?? []);
    const counting = [...new Set(found)];
    const at = before.find((one) => one.by === by && one.digest === digest)?.at ?? now;
    return { by, ...(counting.length > 0 && { groups: counting }), digest, at };
  });
}
