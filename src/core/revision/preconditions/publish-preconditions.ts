import { MAIN_REVISION } from "../../../api/v1alpha1/package-identity.ts";
import type { Proposal } from "../../../api/v1alpha1/package-revision-status.ts";
import {
  ANNOTATION_CHANGED_BY,
  ANNOTATION_CONFIRM_BASE,
  ANNOTATION_PROPOSED_BY,
} from "../../../api/v1alpha1/well-known.ts";
import { asRecorded, recordedNames } from "../../identity/recorded-names.ts";
import { compareRevisions } from "../../identity/revision.ts";
import { HISTORY_REWRITTEN } from "../../repository/history-rewrite.ts";
import { ABSENT, type Blocker, type Observation, type RevisionView } from "../observation.ts";
import { gateBlocker } from "./gates.ts";
import { policiesBlocker } from "./policies.ts";
import { fileBlocker, publishedOverlapBlocker } from "./start-preconditions.ts";

/** Why an approved proposal cannot be published: the first blocker. */
export function publishBlocker(observation: Observation, view: RevisionView, proposal: Proposal): Blocker | undefined {
  return (
    policiesBlocker(observation) ??
    approvalBlocker(observation, proposal) ??
    fourEyesBlocker(observation, proposal) ??
    gateBlocker(observation, "published") ??
    publishedOverlapBlocker(view) ??
    outdatedBaseBlocker(observation, view) ??
    mainUnsoundBlocker(observation, view) ??
    mainFileBlocker(observation, view) ??
    mainDivergedBlocker(observation, view)
  );
}

function approvalBlocker(observation: Observation, proposal: Proposal): Blocker | undefined {
  const { approval } = observation.object.spec;
  if (approval?.digest === proposal.digest) return undefined;
  const message =
    `spec.approval.digest is ${approval?.digest ?? "not set"}, which is not the digest of the proposal: review what ` +
    "is proposed now, and approve its digest";
  return { reason: "ApprovalMissing", message, kind: "stalled" };
}

/** Under four eyes, the approver has neither proposed it, nor edited its files, nor changed what else is published. */
function fourEyesBlocker(observation: Observation, proposal: Proposal): Blocker | undefined {
  const { object, repository, editors, hasUnknownEditors } = observation;
  if (repository?.spec.approval?.fourEyes !== true) return undefined;
  const block = (message: string): Blocker => ({ reason: "FourEyes", message, kind: "stalled" });
  const requirement = "the Repository requires another approver (spec.approval.fourEyes)";
  const by = object.spec.approval?.by;
  if (by === undefined) return block(`the approver is not known, and ${requirement}: approve it again`);
  if (proposal.by === undefined) {
    return block(
      `the proposer is not known, and ${requirement}: return the proposal to draft, then propose it again, with the ` +
        `annotation ${ANNOTATION_PROPOSED_BY} where the API server does not set it`,
    );
  }
  const changers = recordedNames(object.metadata.annotations?.[ANNOTATION_CHANGED_BY]);
  const involved = [asRecorded(proposal.by), ...editors, ...changers];
  if (involved.includes(asRecorded(by))) {
    return block(`${by} proposed, edited or changed this package revision: ${requirement}`);
  }
  if (object.status?.attribution !== "Complete" || hasUnknownEditors === true) {
    const what = hasUnknownEditors === true ? "edited its files" : "created or changed it";
    return block(
      `not everybody who ${what} is known, and ${requirement}: create a new package revision with these files; what ` +
        "was changed without a name, or before the Repository required another approver, stays unknown",
    );
  }
  return undefined;
}

/**
 * Admission compared the user who deletes with the proposer only if status said that four eyes are required. If the
 * Repository requires them since, the deletion counts as one by the proposer alone: the revision stays in Git, and its
 * object comes back.
 */
export function unreviewedDeletionBlocker({ object, repository }: Observation): Blocker | undefined {
  if (repository?.spec.approval?.fourEyes !== true || object.status?.deletionProposal?.fourEyes === true)
    return undefined;
  const message =
    "it was deleted before the Repository's demand for another user (spec.approval.fourEyes) was known here: it " +
    "stays in Git and is shown again; propose the deletion, and let another user carry it out";
  return { reason: "FourEyes", message, kind: "stalled" };
}

/** Two drafts of one package never silently revert each other. */
function outdatedBaseBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  const latest = view.latest?.revision;
  const base = observation.object.status?.base?.revision;
  if (latest === undefined || latest === base || confirmed(observation).includes(latest)) return undefined;
  const began = base === undefined ? "before the package had a revision" : `from ${base}`;
  const isOlder = base !== undefined && compareRevisions(latest, base) < 0;
  const since = isOlder ? `which was deleted since: ${latest} is the latest` : `and ${latest} was published since`;
  const message =
    `this draft began ${began}, ${since}: merge its changes and annotate ${ANNOTATION_CONFIRM_BASE}=${latest} (as ` +
    "an approver), or create a new draft";
  return { reason: "OutdatedBase", message, kind: "stalled" };
}

/** Nothing is published or deleted while the branch of published packages is missing or rewritten. */
export function mainUnsoundBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  if (observation.repository?.spec.publish === "tagOnly") return undefined;
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
  return observation.repository?.spec.publish === "tagOnly" ? undefined : fileBlocker(view);
}

/** External commits to the package's folder on the branch of published packages are never overwritten silently. */
function mainDivergedBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  const { main, base, head, latest } = view.own;
  if (observation.repository?.spec.publish === "tagOnly" || main === undefined) return undefined;
  if (main === base || main === head || main === latest) return undefined;
  // The folder was never on main: earlier revisions have tags only, or main has another history.
  if (main === ABSENT && view.mainChange === undefined) return undefined;
  const { commit = main, author, merged = false, mergeable = false } = view.mainChange ?? {};
  if (merged || confirmed(observation).includes(commit)) return undefined;
  const by = author === undefined ? "an external commit" : `${author} (commit ${commit})`;
  const state =
    view.mainRevision === undefined
      ? `was changed by ${by}`
      : `has the contents of ${view.mainRevision}, though ${view.latest?.revision} is the latest (commit ${commit})`;
  const ways = [
    ...(main === ABSENT ? [] : [`create a draft from it (task clone, upstream.revision ${MAIN_REVISION})`]),
    ...(mergeable ? ["merge it into the draft's branch"] : []),
    "copy the wanted changes and annotate " +
      `${ANNOTATION_CONFIRM_BASE}=${[...confirmedLatest(observation, view), commit].join(",")} (as an approver)`,
  ];
  const message =
    `the folder ${view.path} on ${view.mainRef} ${state}, and this draft does not include that: ` +
    `${ways.join(", or ")}`;
  return { reason: "MainDiverged", message, kind: "stalled" };
}

/** The revisions and commits that approvers have confirmed, separated by commas. */
function confirmed(observation: Observation): readonly string[] {
  return observation.object.metadata.annotations?.[ANNOTATION_CONFIRM_BASE]?.split(/[,\s]+/) ?? [];
}

/** The latest revision if it is confirmed: the new value of the annotation must keep it. */
function confirmedLatest(observation: Observation, view: RevisionView): readonly string[] {
  const latest = view.latest?.revision;
  return latest !== undefined && confirmed(observation).includes(latest) ? [latest] : [];
}
