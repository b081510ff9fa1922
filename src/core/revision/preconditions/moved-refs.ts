import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { draftRef, revisionRef, tombstoneRef } from "../../identity/refs.ts";
import type { DraftBranch, PublishedRef } from "../../repository/classify-ref.ts";
import { describeRewrite, isConfirmed } from "../../repository/history-rewrite.ts";
import type { Blocker, Observation, RevisionView } from "../observation.ts";

/** Published contents never change: a tag that was moved on the remote blocks everything but restoring it. */
export function tagMovedBlocker({ object }: Observation, published: PublishedRef): Blocker | undefined {
  const { lifecycle, commit } = object.status ?? {};
  const isPublished = lifecycle === "published" || lifecycle === "deletionProposed";
  if (!isPublished || commit === undefined || commit === published.commit) return undefined;
  const message =
    `the tag ${published.ref} was moved on the remote from ${commit} to ${published.commit}; ` +
    "published contents never change: put the tag back, or publish a new revision";
  return { reason: "TagMoved", message, kind: "stalled" };
}

export function tagMissingBlocker({ object }: Observation, view: RevisionView): Blocker {
  const { commit } = object.status ?? {};
  const orElse = commit === undefined ? "" : `, or else ${commit} to it`;
  const message =
    `${describeTag(object, view)} was deleted on the remote; to restore it, push the tag from a clone that has ` +
    `it${orElse}; to give it up, set lifecycle deletionProposed and delete this package revision: main stays as it ` +
    "is, and the number becomes free";
  return { reason: "TagMissing", message, kind: "stalled" };
}

/** A status that others have written may lack the number. */
function describeTag({ status, spec }: PackageRevision, { path }: RevisionView): string {
  const revision = status?.revision ?? spec.packageRevID.revision;
  return revision === undefined
    ? `the tag of ${path}, whose number is not known,`
    : `the tag ${revisionRef(path, revision)}`;
}

/** A ref that cannot be read is not a missing one: to push it again would overwrite it. */
export function unreadableBlocker({ unreadable }: RevisionView): Blocker | undefined {
  if (unreadable === undefined) return undefined;
  const message = `${unreadable.ref} is there on the remote, and cannot be read: ${unreadable.message}`;
  return { reason: "BadObjects", message, kind: "stalled" };
}

/** The tag is there, and its Repository does not accept its signature (any more). */
export function notVerifiedBlocker({ object }: Observation, view: RevisionView): Blocker | undefined {
  if (view.notVerified === undefined) return undefined;
  const message =
    `${describeTag(object, view)} does not count as a published revision: ${view.notVerified}; to give it up here, ` +
    "set lifecycle deletionProposed and delete this package revision: the tag stays";
  return { reason: "NotVerified", message, kind: "stalled" };
}

export function branchMissingBlocker({ object }: Observation, view: RevisionView): Blocker {
  const ref = draftRef(view.path, object.spec.packageRevID.workspace);
  const { commit = "its last commit" } = object.status ?? {};
  const message =
    `the branch ${ref} was deleted on the remote; to restore it, push ${commit} to it; ` +
    "to give up the draft, delete this package revision";
  return { reason: "BranchMissing", message, kind: "stalled" };
}

/** A rewritten history may lack commits that status has acknowledged: it is not used until an approver confirms it. */
export function branchRewrittenBlocker(
  { object }: Observation,
  view: RevisionView,
  draft: DraftBranch,
): Blocker | undefined {
  if (view.branchLost === undefined) return undefined;
  const rewrite = { ref: draft.ref, lost: view.branchLost, now: draft.commit };
  const { annotations, name } = object.metadata;
  if (isConfirmed(rewrite, annotations)) return undefined;
  const effect = "the contents stay those of the old commit, and edits are not pushed";
  return { reason: "BranchRewritten", message: describeRewrite(rewrite, effect, `pkgrev ${name}`), kind: "stalled" };
}

/**
 * The contents of a revision that was deleted before stay under its tombstone, even if its number was used again
 * externally.
 */
export function tombstoneBlocker({ path, tombstone }: RevisionView, published: PublishedRef): Blocker | undefined {
  if (tombstone === undefined || tombstone === published.commit) return undefined;
  const message =
    `${published.revision} was deleted before, and the tag ${tombstoneRef(path, published.revision)} keeps the ` +
    `contents of that time (commit ${tombstone}): rename or delete that tag, and the deletion continues`;
  return { reason: "RefConflict", message, kind: "stalled" };
}
