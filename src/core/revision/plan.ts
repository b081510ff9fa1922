import type { Lifecycle } from "../../api/v1alpha1/lifecycle.ts";
import { type Proposal, PUSH_FORBIDDEN } from "../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_DELETE_BRANCH, ANNOTATION_PROPOSED_BY } from "../../api/v1alpha1/well-known.ts";
import { POLICIES_MISSING } from "../admission/policy-state.ts";
import type { Oid } from "../identity/oid.ts";
import { revisionRef } from "../identity/refs.ts";
import { releaseBlocker, releaseChangedBlocker } from "../release/blockers.ts";
import { releaseOf } from "../release/members.ts";
import type { DraftBranch, PublishedRef } from "../repository/classify-ref.ts";
import { HISTORY_REWRITTEN } from "../repository/history-rewrite.ts";
import { INVALID_POLICY } from "../validation/policy/invalid-policies.ts";
import type { ApprovingRule } from "./approval-trailers.ts";
import { decideAutomatically } from "./automatic/automatic-approval.ts";
import { INVALID_APPROVAL_RULE } from "./automatic/compile-rules.ts";
import type { Blocker, Observation, ReleaseView, RevisionView, Source } from "./observation.ts";
import { unreviewedDeletionBlocker } from "./preconditions/four-eyes.ts";
import {
  branchMissingBlocker,
  branchRewrittenBlocker,
  notVerifiedBlocker,
  tagMissingBlocker,
  tagMovedBlocker,
  tombstoneBlocker,
  unreadableBlocker,
} from "./preconditions/moved-refs.ts";
import { misnamedBlocker } from "./preconditions/odd-folders.ts";
import { policiesBlocker } from "./preconditions/policies.ts";
import { proposeBlocker } from "./preconditions/propose-preconditions.ts";
import { approvedBlocker, mainUnsoundBlocker, publishBlocker } from "./preconditions/publish-preconditions.ts";
import { startBlocker } from "./preconditions/start-preconditions.ts";
import { isToBeRebased } from "./rebase.ts";
import { isRecordedSpec } from "./recorded-metadata.ts";
import { type NamedLock, recordedLock } from "./upstream-lock.ts";

/** The first files of a draft. */
export type DraftOrigin =
  | { readonly kind: "init" }
  | { readonly kind: "empty" }
  | { readonly kind: "latest"; readonly published: PublishedRef }
  | { readonly kind: "upstream"; readonly source: Source }
  /** The latest revision, with what has changed between the upstream of its lock and the source. */
  | { readonly kind: "upgrade"; readonly published: PublishedRef; readonly lock: NamedLock; readonly source: Source };

/**
 * Why a proposal becomes a draft again: withdrawn or rejected; or void, because it was approved although Git has its
 * withdrawal, its branch has other commits, another user has proposed it since, or its spec or release is not the one
 * that its commit records.
 */
export type ReturnCause = "requested" | "withdrawn" | "branchMoved" | "proposerChanged" | "specChanged";

/** The one step that a reconcile takes. */
export type Plan =
  /** Nothing can be decided before the repository has been read. */
  | { readonly kind: "wait" }
  | { readonly kind: "block"; readonly blocker: Blocker }
  | { readonly kind: "createDraft"; readonly view: RevisionView; readonly origin: DraftOrigin }
  /** Keeps the contents objects of a draft equal to its branch; `blocker`: why the desired lifecycle must wait. */
  | { readonly kind: "syncDraft"; readonly view: RevisionView; readonly draft: DraftBranch; readonly blocker?: Blocker }
  /** A user asks for it. */
  | { readonly kind: "rebase"; readonly view: RevisionView; readonly draft: DraftBranch }
  | { readonly kind: "propose"; readonly view: RevisionView; readonly draft: DraftBranch }
  | {
      readonly kind: "keepProposed";
      readonly view: RevisionView;
      readonly draft: DraftBranch;
      readonly blocker?: Blocker;
      /** Why no automatic rule approves it, where there are rules about it. */
      readonly refusal?: string;
    }
  | {
      readonly kind: "returnToDraft";
      readonly view: RevisionView;
      readonly draft: DraftBranch;
      readonly cause: ReturnCause;
    }
  /**
   * An approval that no admission policy has checked, or that is of a release as it was before, is removed: the
   * proposal waits for another one.
   */
  | { readonly kind: "revokeApproval"; readonly blocker: Blocker }
  | {
      readonly kind: "publish";
      readonly view: RevisionView;
      readonly draft: DraftBranch;
      readonly commit: Oid;
      /** The rule that has approved it in the place of people. */
      readonly rule?: ApprovingRule;
    }
  /** All members of the release are approved: publishes them together. The plan of the first member by name alone. */
  | { readonly kind: "publishRelease"; readonly release: ReleaseView }
  | {
      readonly kind: "syncPublished";
      readonly view: RevisionView;
      readonly published: PublishedRef;
      readonly blocker?: Blocker;
    }
  /**
   * Releases the object for deletion without a change in Git. `blocker`: why Git keeps what was to be deleted; `kept`:
   * the draft's branch, which stays there.
   */
  | { readonly kind: "removeFinalizer"; readonly blocker?: Blocker; readonly kept?: DraftBranch }
  | { readonly kind: "deleteDraft"; readonly view: RevisionView; readonly draft: DraftBranch }
  /** A draft without a branch, whose first commit a killed operator may still be pushing: Git gets a record of that. */
  | { readonly kind: "deleteUnbegun"; readonly view: RevisionView }
  | { readonly kind: "deletePublished"; readonly view: RevisionView; readonly published: PublishedRef };

/** Plans the next step for a package revision. Git is the record: its refs take precedence over status. Pure. */
export function planRevision(observation: Observation): Plan {
  if (observation.object.metadata.deletionTimestamp !== undefined) return planDeletion(observation);
  const { repository, view } = observation;
  const { packageRevID } = observation.object.spec;
  if (repository === undefined) {
    const message = `no Repository ${packageRevID.repository} in this namespace`;
    return block({ reason: "RepositoryNotFound", message, kind: "stalled" });
  }
  if (view === undefined) return planUnread(observation);
  const misnamed = observation.object.status?.lifecycle === undefined ? misnamedBlocker(observation) : undefined;
  if (misnamed !== undefined) return block(misnamed);
  if (view.found?.kind === "published") return planPublished(observation, view, view.found);
  const current = observation.object.status?.lifecycle;
  if (current === "published" || current === "deletionProposed") {
    return block(
      notVerifiedBlocker(observation, view) ?? unreadableBlocker(view) ?? tagMissingBlocker(observation, view),
    );
  }
  if (view.found === undefined) return planAbsent(observation, view, current);
  return planDraft(observation, view, view.found, current ?? recordedLifecycle(view.found));
}

function block(blocker: Blocker): Plan {
  return { kind: "block", blocker };
}

/** Reasons of a Repository that is not Ready, though it was read. */
const REASONS_AFTER_READ: ReadonlySet<string> = new Set([
  ...[HISTORY_REWRITTEN, INVALID_APPROVAL_RULE, INVALID_POLICY, POLICIES_MISSING, PUSH_FORBIDDEN],
]);

function planUnread(observation: Observation): Plan {
  const ready = observation.repository?.status?.conditions?.find((one) => one.type === "Ready");
  // Read before a restart: the first sync is under way and will requeue all package revisions.
  const wasRead = ready !== undefined && REASONS_AFTER_READ.has(ready.reason);
  if (ready === undefined || ready.status === "True" || wasRead) return { kind: "wait" };
  const message = `Repository ${observation.object.spec.packageRevID.repository} is not ready: ${ready.message}`;
  return block({ reason: "RepositoryNotReady", message, kind: "waiting" });
}

function planPublished(observation: Observation, view: RevisionView, published: PublishedRef): Plan {
  const blocker = tagMovedBlocker(observation, published);
  return { kind: "syncPublished", view, published, ...(blocker !== undefined && { blocker }) };
}

/** Neither a tag nor a branch of the package revision exists. */
function planAbsent(observation: Observation, view: RevisionView, current: Lifecycle | undefined): Plan {
  const { lifecycle, packageRevID } = observation.object.spec;
  const unreadable = unreadableBlocker(view);
  if (unreadable !== undefined) return block(unreadable);
  if (current !== undefined) return block(branchMissingBlocker(observation, view));
  if (lifecycle === "published" || lifecycle === "deletionProposed") {
    const tag = revisionRef(view.path, packageRevID.revision ?? "vN");
    const message = `there is no tag ${tag}: create this package revision with lifecycle draft`;
    return block({ reason: "RevisionNotFound", message, kind: "stalled" });
  }
  const blocker = startBlocker(observation, view);
  return blocker === undefined ? { kind: "createDraft", view, origin: originOf(observation, view) } : block(blocker);
}

function originOf(observation: Observation, view: RevisionView): DraftOrigin {
  const task = observation.object.spec.tasks?.[0]?.type;
  if (task === "init") return { kind: "init" };
  const lock = task === "upgrade" ? recordedLock(view.latest?.trailers?.metadata) : undefined;
  // Without one of these tasks, spec.upstream only says what the files are from.
  if ((task === "clone" || task === "upgrade") && observation.upstream.kind === "found") {
    const { source } = observation.upstream;
    if (lock === undefined || view.latest === undefined) return { kind: "upstream", source };
    return { kind: "upgrade", published: view.latest, lock, source };
  }
  return view.latest === undefined ? { kind: "empty" } : { kind: "latest", published: view.latest };
}

/** The lifecycle of a branch without an object: only the operator's own trailers make it a proposal. */
export function recordedLifecycle(draft: Pick<DraftBranch, "trailers">): "draft" | "proposed" {
  return draft.trailers?.lifecycle === "proposed" ? "proposed" : "draft";
}

function planDraft(observation: Observation, view: RevisionView, draft: DraftBranch, current: Lifecycle): Plan {
  const desired = observation.object.spec.lifecycle ?? "draft";
  if (current === "draft") {
    const rewritten = branchRewrittenBlocker(observation, view, draft);
    if (rewritten !== undefined) return block(rewritten);
    if (isToBeRebased(observation.object)) {
      const unchecked = rebaseBlocker(observation);
      return unchecked === undefined
        ? { kind: "rebase", view, draft }
        : { kind: "syncDraft", view, draft, blocker: unchecked };
    }
    const blocker = desired === "draft" ? undefined : proposeBlocker(observation);
    return desired === "draft" || blocker !== undefined
      ? { kind: "syncDraft", view, draft, ...(blocker !== undefined && { blocker }) }
      : { kind: "propose", view, draft };
  }
  const { proposal } = observation.object.status ?? {};
  const cause = returnCause(observation, view, draft);
  if (cause !== undefined) return { kind: "returnToDraft", view, draft, cause };
  // Restored from Git: the proposal is read back into status first.
  if (proposal === undefined) return { kind: "keepProposed", view, draft };
  const unchecked = observation.policies.kind === "missing" ? policiesBlocker(observation) : undefined;
  if (desired !== "published") {
    const blocker = unchecked;
    return blocker === undefined
      ? planUnapproved(observation, view, draft, proposal)
      : { kind: "keepProposed", view, draft, blocker };
  }
  // Requested by the operator: nobody else may without an approval.
  if (observation.object.spec.approval === undefined && unchecked === undefined) {
    const plan = planUnapproved(observation, view, draft, proposal);
    return plan.kind === "publish" || plan.blocker !== undefined ? plan : { kind: "revokeApproval", blocker: NO_RULE };
  }
  if (unchecked !== undefined) return { kind: "revokeApproval", blocker: unchecked };
  const changed = releaseChangedBlocker(observation);
  if (changed !== undefined) return { kind: "revokeApproval", blocker: changed };
  const blocker = publishBlocker(observation, view, proposal) ?? releaseBlocker(observation, view);
  if (blocker !== undefined) return { kind: "keepProposed", view, draft, blocker };
  const { release } = observation;
  return release === undefined || release.isBeingPublished === true
    ? { kind: "publish", view, draft, commit: proposal.commit }
    : { kind: "publishRelease", release };
}

const NO_RULE: Blocker = {
  reason: "ApprovalMissing",
  message: "no rule of spec.approval.automatic of the Repository approves it any more, and nobody else has approved it",
  kind: "stalled",
};

const REVIEWING: Blocker = {
  reason: "Reviewing",
  message: "what it changes is being found out, for the rules of spec.approval.automatic of the Repository",
  kind: "waiting",
};

/** A proposal that no person has asked to publish: a rule of the Repository may approve it. */
function planUnapproved(
  observation: Observation,
  view: RevisionView,
  draft: DraftBranch,
  proposal: Proposal,
): Extract<Plan, { readonly kind: "publish" | "keepProposed" }> {
  const kept = { kind: "keepProposed", view, draft } as const;
  const decision = decideAutomatically(observation, view, draft);
  const isRequested = observation.object.spec.lifecycle === "published";
  if (decision.kind === "pending" && isRequested) return { ...kept, blocker: REVIEWING };
  if (decision.kind !== "approved") {
    return { ...kept, ...(decision.kind === "refused" && { refusal: decision.why }) };
  }
  const blocker = approvedBlocker(observation, view, proposal);
  if (blocker !== undefined) return { ...kept, blocker };
  return { kind: "publish", view, draft, commit: proposal.commit, rule: decision.by };
}

/** Who asks for a rebase counts as an editor of the draft: the name must have been checked. */
function rebaseBlocker(observation: Observation): Blocker | undefined {
  const unchecked = policiesBlocker(observation);
  return unchecked && { ...unchecked, message: `the rebase that was asked for waits: ${unchecked.message}` };
}

function returnCause({ object }: Observation, view: RevisionView, draft: DraftBranch): ReturnCause | undefined {
  const { proposal } = object.status ?? {};
  const desired = object.spec.lifecycle ?? "draft";
  if (view.isReturned === true) return desired === "published" ? "withdrawn" : "requested";
  if (proposal !== undefined && proposal.commit !== draft.commit) return "branchMoved";
  if (desired === "draft") return "requested";
  // Withdrawn and proposed again before the operator saw the withdrawal: it is another user's proposal.
  const proposer = object.metadata.annotations?.[ANNOTATION_PROPOSED_BY];
  if (proposal !== undefined && proposer !== undefined && proposer !== proposal.by) return "proposerChanged";
  // Admission freezes spec and release once status says proposed: they may have changed between commit and that write.
  const { metadata } = draft.trailers ?? {};
  const isOther =
    metadata !== undefined && !(isRecordedSpec(object, metadata) && releaseOf(object) === releaseOf({ metadata }));
  return proposal !== undefined && isOther ? "specChanged" : undefined;
}

/**
 * A deletion changes Git only if status says that the revision was a draft, a proposal or proposed for deletion; or,
 * without a status, where the operator has begun the branch for this very object, or may have.
 */
function planDeletion(observation: Observation): Plan {
  const { repository, view } = observation;
  const current = observation.object.status?.lifecycle;
  if (repository === undefined || repository.metadata.deletionTimestamp !== undefined)
    return { kind: "removeFinalizer" };
  if (current === "published") return { kind: "removeFinalizer" };
  if (view === undefined) return planUnreadDeletion(observation, current);
  const { found } = view;
  if (current === undefined) return planUnseenDeletion(observation, view);
  const isAsShown = found !== undefined && found.commit === observation.object.status?.commit;
  if (found?.kind === "draft" && (current === "draft" || current === "proposed")) {
    // Commits of others, and those pushed since the commit in status, stay: the branch is discovered as a draft again.
    const isOwn = isAsShown && view.hasForeignCommits !== true;
    const isNamed = observation.object.metadata.annotations?.[ANNOTATION_DELETE_BRANCH] === found.commit;
    return isOwn || isNamed ? { kind: "deleteDraft", view, draft: found } : { kind: "removeFinalizer", kept: found };
  }
  // A tag that was moved externally stays.
  if (found?.kind === "published" && current === "deletionProposed" && isAsShown) {
    const unchecked = policiesBlocker(observation);
    // Whoever requested it may not have had the right: the object goes, and is created again from its tag.
    if (unchecked !== undefined && observation.policies.kind === "missing")
      return { kind: "removeFinalizer", blocker: unchecked };
    const blocker = unchecked ?? mainUnsoundBlocker(observation, view) ?? tombstoneBlocker(view, found);
    if (blocker !== undefined) return block(blocker);
    const unreviewed = unreviewedDeletionBlocker(observation);
    if (unreviewed !== undefined) return { kind: "removeFinalizer", blocker: unreviewed };
    return { kind: "deletePublished", view, published: found };
  }
  return { kind: "removeFinalizer" };
}

/** What was never a draft waits only for the first sync of a Repository that works. */
function planUnreadDeletion(observation: Observation, current: Lifecycle | undefined): Plan {
  const plan = planUnread(observation);
  if (current !== undefined) return plan;
  const isReady = observation.repository?.status?.conditions?.some((one) => one.type === "Ready");
  return isReady === true && plan.kind === "wait" ? plan : { kind: "removeFinalizer" };
}

/** The operator may have ended between the first push and the first status. */
function planUnseenDeletion({ object, mayHaveBegun }: Observation, view: RevisionView): Plan {
  const { found } = view;
  const { uid } = object.metadata;
  const isOwn = found?.kind === "draft" && uid !== undefined && found.trailers?.uid === uid;
  if (isOwn && view.hasForeignCommits !== true) return { kind: "deleteDraft", view, draft: found };
  const isOnItsWay = found === undefined && mayHaveBegun === true && view.mainCommit !== undefined;
  return isOnItsWay ? { kind: "deleteUnbegun", view } : { kind: "removeFinalizer" };
}
