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
  const { revision, commit } = object.status ?? {};
  const message =
    `the tag ${revisionRef(view.path, `${revision}`)} was deleted on the remote; to restore it, push the tag from a ` +
    `clone that has it, or else ${commit} to it; to give it up, set lifecycle deletionProposed and delete this ` +
    "package revision: main stays as it is, and the number becomes free";
  return { reason: "TagMissing", message, kind: "stalled" };
}

/** The tag is there, and its Repository does not accept its signature (any more). */
export function notVerifiedBlocker({ object }: Observation, view: RevisionView): Blocker | undefined {
  if (view.notVerified === undefined) return undefined;
  const message =
    `the tag ${revisionRef(view.path, `${object.status?.revision}`)} does not count as a published revision: ` +
    `${view.notVerified}; to give it up here, set lifecycle deletionProposed and delete this package revision: ` +
    "the tag stays";
  return { reason: "NotVerified", message, kind: "stalled" };
}

export function branchMissingBlocker({ object }: Observation, view: RevisionView): Blocker {
  const ref = draftRef(view.path, object.spec.packageRevID.workspace);
  const message =
    `the branch ${ref} was deleted on the remote; to restore it, push ${object.status?.commit} to it; ` +
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
