import { MAIN_REVISION, type Proposal } from "../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CONFIRM_BASE } from "../../../api/v1alpha1/well-known.ts";
import { compareRevisions } from "../../identity/revision.ts";
import { HISTORY_REWRITTEN } from "../../repository/history-rewrite.ts";
import { ABSENT, type Blocker, type Observation, type RevisionView } from "../observation.ts";
import { fileBlocker } from "./start-preconditions.ts";

/** What forbids a proposal to be published, though its publication is wished for: the first reason found. */
export function publishBlocker(observation: Observation, view: RevisionView, proposal: Proposal): Blocker | undefined {
  return (
    approvalBlocker(observation, proposal) ??
    fourEyesBlocker(observation, proposal) ??
    outdatedBaseBlocker(observation, view) ??
    mainUnsoundBlocker(observation, view) ??
    mainFileBlocker(observation, view) ??
    mainDivergedBlocker(observation, view)
  );
}

function approvalBlocker(observation: Observation, proposal: Proposal): Blocker | undefined {
  const { approval } = observation.object.spec;
  if (approval?.digest === proposal.digest) return undefined;
  const message = `spec.approval.digest is ${approval?.digest ?? "not set"}, the proposal's is ${proposal.digest}: approve what is proposed`;
  return { reason: "ApprovalMissing", message, kind: "stalled" };
}

function fourEyesBlocker(observation: Observation, proposal: Proposal): Blocker | undefined {
  const by = observation.object.spec.approval?.by;
  if (observation.repository?.spec.approval?.fourEyes !== true || by === undefined) return undefined;
  if (proposal.by === undefined) {
    const message =
      "who proposed is not known, and its Repository asks for two people (spec.approval.fourEyes): move it back to draft, then propose again";
    return { reason: "FourEyes", message, kind: "stalled" };
  }
  if (proposal.by !== by && !observation.editors.includes(by)) return undefined;
  const message = `${by} proposed or edited this package revision: its Repository asks for another approver (spec.approval.fourEyes)`;
  return { reason: "FourEyes", message, kind: "stalled" };
}

/** Two drafts of one package never silently undo each other. */
function outdatedBaseBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  const latest = view.latest?.revision;
  const base = observation.object.status?.base?.revision;
  if (latest === undefined || latest === base || confirmed(observation).includes(latest)) return undefined;
  const began = base === undefined ? "before the package had a revision" : `from ${base}`;
  const isOlder = base !== undefined && compareRevisions(latest, base) < 0;
  const since = isOlder ? `which was deleted since: ${latest} is the latest` : `and ${latest} was published since`;
  const message = `this draft began ${began}, ${since}: take over its changes and annotate ${ANNOTATION_CONFIRM_BASE}=${latest} (an approver), or begin anew`;
  return { reason: "OutdatedBase", message, kind: "stalled" };
}

/** Nothing is published or deleted while the packages' branch is not what others agreed on: gone, or replaced. */
export function mainUnsoundBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  if (observation.repository?.spec.publish === "tagOnly") return undefined;
  return mainMissingBlocker(observation, view) ?? mainRewrittenBlocker(view);
}

/** A branch that was deleted is not made anew with one package alone: whoever prunes by it would remove all the others. */
function mainMissingBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  const was = view.hadMain || observation.object.status?.base?.commit !== undefined;
  if (view.mainCommit !== undefined || !was) return undefined;
  const message = `the remote has no ${view.mainRef} any more: put the branch back`;
  return { reason: "MainMissing", message, kind: "stalled" };
}

/** Nothing is put on top of a history that others replaced before somebody has looked at it. */
function mainRewrittenBlocker({ mainRef, mainLost }: RevisionView): Blocker | undefined {
  if (mainLost === undefined) return undefined;
  const message = `the history of ${mainRef} was rewritten on the remote: the condition of the Repository says what to do`;
  return { reason: HISTORY_REWRITTEN, message, kind: "stalled" };
}

function mainFileBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  return observation.repository?.spec.publish === "tagOnly" ? undefined : fileBlocker(view);
}

/** What others committed to the package's folder on the packages' branch is never overwritten unseen. */
function mainDivergedBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  const { main, base, head, latest } = view.own;
  if (observation.repository?.spec.publish === "tagOnly" || main === undefined) return undefined;
  if (main === base || main === head || main === latest) return undefined;
  // It never was there: what was published had a tag alone, or main has another history now.
  if (main === ABSENT && view.mainChange === undefined) return undefined;
  const { commit = main, author, merged = false, mergeable = false } = view.mainChange ?? {};
  if (merged || confirmed(observation).includes(commit)) return undefined;
  const by = author === undefined ? "others" : `${author} (commit ${commit})`;
  const what =
    view.mainRevision === undefined
      ? `was changed by ${by}`
      : `is as ${view.mainRevision} has it, though ${view.latest?.revision} is the latest (commit ${commit})`;
  const ways = [
    ...(main === ABSENT ? [] : [`begin one from it (task clone, upstream.revision ${MAIN_REVISION})`]),
    ...(mergeable ? ["merge it into the draft's branch"] : []),
    `take over what is wanted of it and annotate ${ANNOTATION_CONFIRM_BASE}=${[...confirmedLatest(observation, view), commit].join(",")} (an approver)`,
  ];
  const message = `the folder ${view.path} on ${view.mainRef} ${what}, and this draft was not made from that: ${ways.join(", or ")}`;
  return { reason: "MainDiverged", message, kind: "stalled" };
}

/** What approvers have looked at: revisions and commits, separated by commas. */
function confirmed(observation: Observation): readonly string[] {
  return observation.object.metadata.annotations?.[ANNOTATION_CONFIRM_BASE]?.split(/[,\s]+/) ?? [];
}

/** The latest revision, where it had to be confirmed: it is to stay so. */
function confirmedLatest(observation: Observation, view: RevisionView): readonly string[] {
  const latest = view.latest?.revision;
  return latest !== undefined && confirmed(observation).includes(latest) ? [latest] : [];
}
