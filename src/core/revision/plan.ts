import type { Lifecycle } from "../../api/v1alpha1/package-revision.ts";
import type { Oid } from "../identity/oid.ts";
import { tombstoneRef } from "../identity/refs.ts";
import type { DraftBranch, PublishedRef } from "../repository/classify-ref.ts";
import { describeRewrite, HISTORY_REWRITTEN, isConfirmed } from "../repository/history-rewrite.ts";
import type { Blocker, Observation, RevisionView, Source } from "./observation.ts";
import { proposeBlocker } from "./preconditions/propose-preconditions.ts";
import { mainUnsoundBlocker, publishBlocker } from "./preconditions/publish-preconditions.ts";
import { startBlocker } from "./preconditions/start-preconditions.ts";

/** How a draft begins. */
export type DraftOrigin =
  | { readonly kind: "init" }
  | { readonly kind: "empty" }
  | { readonly kind: "latest"; readonly published: PublishedRef }
  | { readonly kind: "upstream"; readonly source: Source };

/** The one thing that a reconcile does. */
export type Plan =
  /** Nothing can be said before the repository has been read. */
  | { readonly kind: "wait" }
  | { readonly kind: "block"; readonly blocker: Blocker }
  | { readonly kind: "createDraft"; readonly view: RevisionView; readonly origin: DraftOrigin }
  /** Keep a draft's contents and its branch equal; `blocker`: why its wish to move on waits. */
  | { readonly kind: "syncDraft"; readonly view: RevisionView; readonly draft: DraftBranch; readonly blocker?: Blocker }
  | { readonly kind: "propose"; readonly view: RevisionView; readonly draft: DraftBranch }
  | {
      readonly kind: "keepProposed";
      readonly view: RevisionView;
      readonly draft: DraftBranch;
      readonly blocker?: Blocker;
    }
  | {
      readonly kind: "returnToDraft";
      readonly view: RevisionView;
      readonly draft: DraftBranch;
      readonly voided: boolean;
    }
  | { readonly kind: "publish"; readonly view: RevisionView; readonly draft: DraftBranch; readonly commit: Oid }
  | {
      readonly kind: "syncPublished";
      readonly view: RevisionView;
      readonly published: PublishedRef;
      readonly blocker?: Blocker;
    }
  /** Let the object go without touching Git. */
  | { readonly kind: "removeFinalizer" }
  | { readonly kind: "deleteDraft"; readonly view: RevisionView; readonly draft: DraftBranch }
  | { readonly kind: "deletePublished"; readonly view: RevisionView; readonly published: PublishedRef };

/** Decides what to do for a package revision. Git is the record: what it holds comes before what status says. */
export function planRevision(observation: Observation): Plan {
  if (observation.object.metadata.deletionTimestamp !== undefined) return planDeletion(observation);
  const { repository, view } = observation;
  const { packageRevID } = observation.object.spec;
  if (repository === undefined) {
    const message = `no Repository ${packageRevID.repository} in this namespace`;
    return block({ reason: "RepositoryNotFound", message, kind: "stalled" });
  }
  if (view === undefined) return planUnread(observation);
  if (view.found?.kind === "published") return planPublished(observation, view, view.found);
  const current = observation.object.status?.lifecycle;
  if (current === "published" || current === "deletionProposed") return block(tagMissing(observation, view));
  if (view.found === undefined) return planAbsent(observation, view, current);
  return planDraft(observation, view, view.found, current ?? recordedLifecycle(view.found));
}

function block(blocker: Blocker): Plan {
  return { kind: "block", blocker };
}

function planUnread(observation: Observation): Plan {
  const ready = observation.repository?.status?.conditions?.find((one) => one.type === "Ready");
  // Read before a restart, so the first sync is under way and tells all of its package revisions.
  if (ready === undefined || ready.status === "True" || ready.reason === HISTORY_REWRITTEN) return { kind: "wait" };
  const message = `Repository ${observation.object.spec.packageRevID.repository} is not ready: ${ready.message}`;
  return block({ reason: "RepositoryNotReady", message, kind: "waiting" });
}

function planPublished(observation: Observation, view: RevisionView, published: PublishedRef): Plan {
  const known = observation.object.status?.commit;
  const settled =
    observation.object.status?.lifecycle === "published" || observation.object.status?.lifecycle === "deletionProposed";
  if (settled && known !== undefined && known !== published.commit) {
    const message = `the tag ${published.ref} was moved on the remote from ${known} to ${published.commit}; published contents never change: put the tag back, or publish a new revision`;
    return { kind: "syncPublished", view, published, blocker: { reason: "TagMoved", message, kind: "stalled" } };
  }
  return { kind: "syncPublished", view, published };
}

function tagMissing(observation: Observation, view: RevisionView): Blocker {
  const { revision, commit } = observation.object.status ?? {};
  const tag = `refs/tags/${view.path}/${revision}`;
  const message = `the tag ${tag} was deleted on the remote; to bring it back, push the tag from a clone that has it, or else ${commit} to it; to let it go, which leaves main as it is and the number free, set lifecycle deletionProposed and delete this package revision`;
  return { reason: "TagMissing", message, kind: "stalled" };
}

function planAbsent(observation: Observation, view: RevisionView, current: Lifecycle | undefined): Plan {
  const { spec, status } = observation.object;
  const ref = `refs/heads/${view.path}/${spec.packageRevID.workspace}`;
  if (current !== undefined) {
    const message = `the branch ${ref} was deleted on the remote; to bring it back, push ${status?.commit} to it; to let it go, delete this package revision`;
    return block({ reason: "BranchMissing", message, kind: "stalled" });
  }
  if (spec.lifecycle === "published" || spec.lifecycle === "deletionProposed") {
    const message = `there is no tag refs/tags/${view.path}/${spec.packageRevID.revision ?? "vN"} of it: begin with lifecycle draft`;
    return block({ reason: "RevisionNotFound", message, kind: "stalled" });
  }
  const blocker = startBlocker(observation, view);
  return blocker === undefined ? { kind: "createDraft", view, origin: originOf(observation, view) } : block(blocker);
}

function originOf(observation: Observation, view: RevisionView): DraftOrigin {
  const task = observation.object.spec.tasks?.[0]?.type;
  if (task === "init") return { kind: "init" };
  if (observation.upstream.kind === "found") return { kind: "upstream", source: observation.upstream.source };
  return view.latest === undefined ? { kind: "empty" } : { kind: "latest", published: view.latest };
}

/** What a branch that no object speaks of yet is: only our own trailers makes it a proposal. */
export function recordedLifecycle(draft: DraftBranch): "draft" | "proposed" {
  return draft.trailers?.lifecycle === "proposed" ? "proposed" : "draft";
}

function planDraft(observation: Observation, view: RevisionView, draft: DraftBranch, current: Lifecycle): Plan {
  const desired = observation.object.spec.lifecycle ?? "draft";
  if (current === "draft") {
    const rewritten = branchRewrittenBlocker(observation, view, draft);
    if (rewritten !== undefined) return block(rewritten);
    const blocker = desired === "draft" ? undefined : proposeBlocker(observation);
    return desired === "draft" || blocker !== undefined
      ? { kind: "syncDraft", view, draft, ...(blocker !== undefined && { blocker }) }
      : { kind: "propose", view, draft };
  }
  const { proposal } = observation.object.status ?? {};
  const voided = proposal !== undefined && proposal.commit !== draft.commit;
  if (voided || desired === "draft") return { kind: "returnToDraft", view, draft, voided };
  // Restored from Git: the proposal is read back before anything is decided on it.
  if (proposal === undefined || desired !== "published") return { kind: "keepProposed", view, draft };
  const blocker = publishBlocker(observation, view, proposal);
  return blocker === undefined
    ? { kind: "publish", view, draft, commit: proposal.commit }
    : { kind: "keepProposed", view, draft, blocker };
}

/**
 * A history that others replaced is not taken over unseen: commits that were shown, and acknowledged, may be lost in
 * it.
 */
function branchRewrittenBlocker(observation: Observation, view: RevisionView, draft: DraftBranch): Blocker | undefined {
  if (view.branchLost === undefined) return undefined;
  const rewrite = { ref: draft.ref, lost: view.branchLost, now: draft.commit };
  if (isConfirmed(rewrite, observation.object.metadata.annotations)) return undefined;
  const message = describeRewrite(
    rewrite,
    "what was there stays shown, and edits wait",
    `pkgrev ${observation.object.metadata.name}`,
  );
  return { reason: "BranchRewritten", message, kind: "stalled" };
}

/** A deletion touches Git only for what status says was a draft, a proposal or proposed for deletion. */
function planDeletion(observation: Observation): Plan {
  const { repository, view } = observation;
  const current = observation.object.status?.lifecycle;
  if (repository === undefined || repository.metadata.deletionTimestamp !== undefined)
    return { kind: "removeFinalizer" };
  if (current === "published") return { kind: "removeFinalizer" };
  if (view === undefined) return current === undefined ? { kind: "removeFinalizer" } : planUnread(observation);
  const { found } = view;
  // Status says which commit was shown: what others pushed since is not deleted unseen, but discovered as a draft
  // again.
  const shown = found !== undefined && found.commit === observation.object.status?.commit;
  if (found?.kind === "draft" && shown && (current === "draft" || current === "proposed")) {
    return { kind: "deleteDraft", view, draft: found };
  }
  // A moved tag is someone else's: it stays.
  if (found?.kind === "published" && current === "deletionProposed" && shown) {
    const blocker = mainUnsoundBlocker(observation, view) ?? tombstoneBlocker(view, found);
    if (blocker !== undefined) return block(blocker);
    return { kind: "deletePublished", view, published: found };
  }
  return { kind: "removeFinalizer" };
}

/** What was deleted under a number stays where it is kept, also where others have used the number again since. */
function tombstoneBlocker({ path, tombstone }: RevisionView, published: PublishedRef): Blocker | undefined {
  if (tombstone === undefined || tombstone === published.commit) return undefined;
  const tag = tombstoneRef(path, published.revision);
  const message = `${published.revision} was deleted once before, and ${tag} keeps what it was then (commit ${tombstone}): rename that tag, or delete it, and this goes on`;
  return { reason: "RefConflict", message, kind: "stalled" };
}
