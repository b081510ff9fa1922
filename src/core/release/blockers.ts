import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { PUSH_REJECTED, WAITING_FOR_RELEASE } from "../../api/v1alpha1/package-revision-status.ts";
import { isBelow, locationOf, packagePath } from "../identity/location.ts";
import type { Blocker, Observation, ReleaseView, RevisionView } from "../revision/observation.ts";
import { isApproved } from "../revision/preconditions/approved.ts";
import { digestOfMembers, isProposed, MAX_MEMBERS, releaseOf } from "./members.ts";

/** Messages name so many members, and count the others. */
const MAX_NAMED = 5;

/**
 * The approval is of a release with other members or contents. False while the members are older than the approval: the
 * approver may have seen later ones.
 */
export function releaseChangedBlocker({ object, release }: Observation): Blocker | undefined {
  if (release === undefined || !release.isCurrent || release.members.length === 0) return undefined;
  if (!isApproved(object)) return undefined;
  if (object.spec.approval?.release === digestOfMembers(release.members)) return undefined;
  const message =
    `release ${release.name} has other members, or other contents, than what was approved: review it, and approve it ` +
    "again with its present digest (status.release.digest)";
  return { reason: "ReleaseChanged", message, kind: "stalled" };
}

/** Why an approved member cannot be published by this reconcile, which has no other blocker. */
export function releaseBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  const { object, release } = observation;
  if (release === undefined || release.isBeingPublished === true) return undefined;
  const refused = tooLargeBlocker(observation, release) ?? overlapBlocker(release, view);
  if (refused !== undefined) return refused;
  if (!release.isCurrent) return waitingForRelease(`the members of release ${release.name} are being read`);
  const open = openMembers(release, object);
  if (open.length > 0) return waitingForRelease(describeOpen(release, open));
  const [first = object] = release.members;
  if (first.metadata.name === object.metadata.name) return undefined;
  const { length } = release.members;
  return waitingForRelease(
    `all ${length} members of release ${release.name} are approved: they are published with ${first.metadata.name}`,
  );
}

export function waitingForRelease(message: string): Blocker {
  return { reason: WAITING_FOR_RELEASE, message, kind: "waiting" };
}

/** A member that holds the release back; `state` continues a sentence about it. */
export interface OpenMember {
  readonly name: string;
  readonly state: string;
}

export function describeOpen({ name, members }: ReleaseView, open: readonly OpenMember[]): string {
  const named = open.slice(0, MAX_NAMED).map((one) => `${one.name} ${one.state}`);
  const others = open.length > MAX_NAMED ? [`and ${open.length - MAX_NAMED} more`] : [];
  return `waits for ${open.length} of ${members.length} members of release ${name}: ${[...named, ...others].join(", ")}`;
}

/** The other members that are no proposals, not approved, or known to be held back. */
function openMembers({ members }: ReleaseView, object: PackageRevision): readonly OpenMember[] {
  const digest = digestOfMembers(members);
  return members.flatMap((one) => {
    const { name } = one.metadata;
    const state = name === object.metadata.name ? undefined : openState(one, digest);
    return state === undefined ? [] : [{ name, state }];
  });
}

function openState(member: PackageRevision, digest: string): string | undefined {
  if (!isProposed(member)) return "is a draft";
  if (!isApproved(member) || member.spec.approval?.release !== digest) return "is not approved";
  const [blocker] = blockersOf(member);
  return blocker === undefined ? undefined : `is held back (${blocker})`;
}

/** What a member waits for besides the others, and a push that is retried. */
export function blockersOf({ status }: PackageRevision): readonly string[] {
  return status?.waitingFor?.filter((one) => one !== WAITING_FOR_RELEASE && one !== PUSH_REJECTED) ?? [];
}

function tooLargeBlocker({ repository }: Observation, { name, count }: ReleaseView): Blocker | undefined {
  const { maxTags = Number.POSITIVE_INFINITY } = repository?.spec.git?.push ?? {};
  const limit = Math.min(MAX_MEMBERS, maxTags);
  if (count <= limit) return undefined;
  const why = maxTags < MAX_MEMBERS ? " (spec.git.push.maxTags of the Repository)" : "";
  const message =
    `release ${name} has ${count} members, and at most ${limit} are published in one push${why}: take the label ` +
    "from some of them, as drafts";
  return { reason: "ReleaseTooLarge", message, kind: "stalled" };
}

/** One push cannot hold two revisions of a package, or decide which of two nested ones has a file. */
function overlapBlocker({ name, members }: ReleaseView, { layout }: RevisionView): Blocker | undefined {
  const paths = members
    .map((one) => ({ name: one.metadata.name, path: packagePath(layout, locationOf(one.spec.packageRevID, layout)) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const [index, one] of paths.entries()) {
    const other = paths.slice(0, index).find(({ path }) => path === one.path || isBelow(one.path, path));
    if (other === undefined) continue;
    const message =
      `release ${name} has ${other.name} and ${one.name}, whose packages are the same or one below the other: they ` +
      "cannot be published in one push; take the label from one of them, as a draft";
    return { reason: "ReleaseConflict", message, kind: "stalled" };
  }
  return undefined;
}

/** True if the members of a release must be reconciled after this change of one. */
export function changesRelease(next: PackageRevision | undefined, previous: PackageRevision | undefined): boolean {
  return factsOf(next) !== factsOf(previous);
}

function factsOf(object: PackageRevision | undefined): string {
  if (object === undefined || releaseOf(object) === undefined) return "";
  const { metadata, spec, status } = object;
  const { lifecycle, proposal } = status ?? {};
  const isDeleted = metadata.deletionTimestamp !== undefined;
  const approval = spec.lifecycle === "published" ? spec.approval : undefined;
  return JSON.stringify([releaseOf(object), isDeleted, lifecycle, proposal?.digest, approval, blockersOf(object)]);
}
