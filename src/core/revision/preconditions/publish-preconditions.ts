import { MAIN_REVISION } from "../../../api/v1alpha1/package-identity.ts";
import type { Proposal } from "../../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_CONFIRM_BASE } from "../../../api/v1alpha1/well-known.ts";
import { compareRevisions } from "../../identity/revision.ts";
import { HISTORY_REWRITTEN } from "../../repository/history-rewrite.ts";
import { isTagOnly } from "../../repository/tag-only.ts";
import { ABSENT, type Blocker, type Observation, type RevisionView } from "../observation.ts";
import { approvalsBlocker } from "./approvals.ts";
import { hasApprovalOf } from "./approved.ts";
import { confirmedBase } from "./confirmed-base.ts";
import { fourEyesBlocker } from "./four-eyes.ts";
import { freezeBlocker } from "./freeze.ts";
import { gateBlocker } from "./gates.ts";
import { inexactNumberBlocker } from "./inexact-numbers.ts";
import { policiesBlocker } from "./policies.ts";
import { processingBlocker } from "./processing.ts";
import { fileBlocker, publishedOverlapBlocker } from "./start-preconditions.ts";

/** What to do first about a draft that lacks what was published, or pushed to main, since it began. */
const REBASE = "make it a draft again and rebase it (kubectl pkg withdraw, then kubectl pkg rebase)";

/** Why a proposal that people have approved cannot be published: the first blocker. */
export function publishBlocker(observation: Observation, view: RevisionView, proposal: Proposal): Blocker | undefined {
  return (
    policiesBlocker(observation) ??
    approvalBlocker(observation, proposal) ??
    fourEyesBlocker(observation, proposal) ??
    approvalsBlocker(observation, proposal) ??
    approvedBlocker(observation, view, proposal)
  );
}

/** Why a proposal cannot be published that has all approvals, or one by a rule. */
export function approvedBlocker(observation: Observation, view: RevisionView, proposal: Proposal): Blocker | undefined {
  return (
    policiesBlocker(observation) ??
    inexactNumberBlocker(observation) ??
    processingBlocker(observation, "published") ??
    gateBlocker(observation, "published") ??
    freezeBlocker(observation, proposal) ??
    publishedOverlapBlocker(view) ??
    outdatedBaseBlocker(observation, view) ??
    mainUnsoundBlocker(observation, view) ??
    mainFileBlocker(observation, view) ??
    mainDivergedBlocker(observation, view)
  );
}

function approvalBlocker(observation: Observation, proposal: Proposal): Blocker | undefined {
  if (hasApprovalOf(observation.object, proposal)) return undefined;
  const { approval } = observation.object.spec;
  const message =
    `spec.approval.digest is ${approval?.digest ?? "not set"}, which is not the digest of the proposal: review what ` +
    "is proposed now, and approve its digest";
  return { reason: "ApprovalMissing", message, kind: "stalled" };
}

/** Two drafts of one package never silently revert each other. */
function outdatedBaseBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  const latest = view.latest?.revision;
  const base = observation.object.status?.base?.revision;
  const confirmed = confirmedBase(observation);
  if (latest === undefined || latest === base || confirmed.values.includes(latest)) return undefined;
  const began = base === undefined ? "before the package had a revision" : `from ${base}`;
  const isOlder = base !== undefined && compareRevisions(latest, base) < 0;
  const since = isOlder ? `which was deleted since: ${latest} is the latest` : `and ${latest} was published since`;
  const message =
    `this draft began ${began}, ${since}: ${REBASE}, or merge its changes by hand and annotate ` +
    `${ANNOTATION_CONFIRM_BASE}=${latest} (as an approver), or create a new draft${confirmed.voided}`;
  return { reason: "OutdatedBase", message, kind: "stalled" };
}

/** Nothing is published or deleted while the branch of published packages is missing or rewritten. */
export function mainUnsoundBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  if (isTagOnly(observation.repository)) return undefined;
  return mainMissingBlocker(observation, view) ?? mainRewrittenBlocker(view);
}

/**
 * A deleted branch is not recreated with one package: a GitOps tool that prunes by it would remove all other packages.
 */
function mainMissingBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  const was = view.hadMain || observation.object.status?.base?.commit !== undefined;
  if (view.mainCommit !== undefined || !was) return undefined;
  const message = `the branch ${view.mainRef} was deleted on the remote: restore it`;
  return { reason: "MainMissing", message, kind: "stalled" };
}

/** No commit is added to a rewritten history before a user confirms it. */
function mainRewrittenBlocker({ mainRef, mainLost }: RevisionView): Blocker | undefined {
  if (mainLost === undefined) return undefined;
  const message =
    `the history of ${mainRef} was rewritten on the remote: the condition Ready of the Repository has the ways to ` +
    "resolve it";
  return { reason: HISTORY_REWRITTEN, message, kind: "stalled" };
}

function mainFileBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  return isTagOnly(observation.repository) ? undefined : fileBlocker(view);
}

/** External commits to the package's folder on the branch of published packages are never overwritten silently. */
function mainDivergedBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  const { main, base, head, latest } = view.own;
  if (isTagOnly(observation.repository) || main === undefined) return undefined;
  if (main === base || main === head || main === latest) return undefined;
  // The folder was never on main: earlier revisions have tags only, or main has another history.
  if (main === ABSENT && view.mainChange === undefined) return undefined;
  const { commit = main, author, merged = false, mergeable = false } = view.mainChange ?? {};
  const confirmed = confirmedBase(observation);
  if (merged || confirmed.values.includes(commit)) return undefined;
  const by = author === undefined ? "an external commit" : `${author} (commit ${commit})`;
  const state =
    view.mainRevision === undefined
      ? `was changed by ${by}`
      : `has the contents of ${view.mainRevision}, though ${view.latest?.revision} is the latest (commit ${commit})`;
  const isAhead = main !== ABSENT && view.mainRevision === undefined;
  const ways = [
    ...(isAhead ? [REBASE] : []),
    ...(main === ABSENT ? [] : [`create a draft from it (task clone, upstream.revision ${MAIN_REVISION})`]),
    ...(mergeable ? ["merge it into the draft's branch"] : []),
    "copy the wanted changes and annotate " +
      `${ANNOTATION_CONFIRM_BASE}=${[...confirmedLatest(observation, view), commit].join(",")} (as an approver)`,
  ];
  const message =
    `the folder ${view.path} on ${view.mainRef} ${state}, and this draft does not include that: ` +
    `${ways.join(", or ")}${confirmed.voided}`;
  return { reason: "MainDiverged", message, kind: "stalled" };
}

/** The latest revision if it is confirmed: the new value of the annotation must keep it. */
function confirmedLatest(observation: Observation, view: RevisionView): readonly string[] {
  const latest = view.latest?.revision;
  return latest !== undefined && confirmedBase(observation).values.includes(latest) ? [latest] : [];
}
