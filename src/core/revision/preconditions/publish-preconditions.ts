import { MAIN_REVISION, type Proposal } from "../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CONFIRM_BASE } from "../../../api/v1alpha1/well-known.ts";
import { compareRevisions } from "../../identity/revision.ts";
import { HISTORY_REWRITTEN } from "../../repository/history-rewrite.ts";
import { ABSENT, type GitView, type Observed, type Veto } from "../observation.ts";
import { fileVeto } from "./start-preconditions.ts";

/** What forbids a proposal to be published, though its publication is wished for: the first reason found. */
export function publishVeto(seen: Observed, git: GitView, proposal: Proposal): Veto | undefined {
  return (
    approvalVeto(seen, proposal) ??
    fourEyesVeto(seen, proposal) ??
    baseVeto(seen, git) ??
    mainUnsoundVeto(seen, git) ??
    mainFileVeto(seen, git) ??
    mainVeto(seen, git)
  );
}

function approvalVeto(seen: Observed, proposal: Proposal): Veto | undefined {
  const { approval } = seen.object.spec;
  if (approval?.digest === proposal.digest) return undefined;
  const message = `spec.approval.digest is ${approval?.digest ?? "not set"}, the proposal's is ${proposal.digest}: approve what is proposed`;
  return { reason: "ApprovalMissing", message, kind: "stalled" };
}

function fourEyesVeto(seen: Observed, proposal: Proposal): Veto | undefined {
  const by = seen.object.spec.approval?.by;
  if (seen.repository?.spec.approval?.fourEyes !== true || by === undefined) return undefined;
  if (proposal.by === undefined) {
    const message =
      "who proposed is not known, and its Repository asks for two people (spec.approval.fourEyes): move it back to draft, then propose again";
    return { reason: "FourEyes", message, kind: "stalled" };
  }
  if (proposal.by !== by && !seen.editors.includes(by)) return undefined;
  const message = `${by} proposed or edited this package revision: its Repository asks for another approver (spec.approval.fourEyes)`;
  return { reason: "FourEyes", message, kind: "stalled" };
}

/** Two drafts of one package never silently undo each other. */
function baseVeto(seen: Observed, git: GitView): Veto | undefined {
  const latest = git.latest?.revision;
  const base = seen.object.status?.base?.revision;
  if (latest === undefined || latest === base || confirmed(seen).includes(latest)) return undefined;
  const began = base === undefined ? "before the package had a revision" : `from ${base}`;
  const isOlder = base !== undefined && compareRevisions(latest, base) < 0;
  const since = isOlder ? `which was deleted since: ${latest} is the latest` : `and ${latest} was published since`;
  const message = `this draft began ${began}, ${since}: take over its changes and annotate ${ANNOTATION_CONFIRM_BASE}=${latest} (an approver), or begin anew`;
  return { reason: "OutdatedBase", message, kind: "stalled" };
}

/** Nothing is published or deleted while the packages' branch is not what others agreed on: gone, or replaced. */
export function mainUnsoundVeto(seen: Observed, git: GitView): Veto | undefined {
  if (seen.repository?.spec.publish === "tagOnly") return undefined;
  return mainMissingVeto(seen, git) ?? mainLostVeto(git);
}

/** A branch that was deleted is not made anew with one package alone: whoever prunes by it would remove all the others. */
function mainMissingVeto(seen: Observed, git: GitView): Veto | undefined {
  const was = git.hadMain || seen.object.status?.base?.commit !== undefined;
  if (git.mainCommit !== undefined || !was) return undefined;
  const message = `the remote has no ${git.mainRef} any more: put the branch back`;
  return { reason: "MainMissing", message, kind: "stalled" };
}

/** Nothing is put on top of a history that others replaced before somebody has looked at it. */
function mainLostVeto({ mainRef, mainLost }: GitView): Veto | undefined {
  if (mainLost === undefined) return undefined;
  const message = `the history of ${mainRef} was rewritten on the remote: the condition of the Repository says what to do`;
  return { reason: HISTORY_REWRITTEN, message, kind: "stalled" };
}

function mainFileVeto(seen: Observed, git: GitView): Veto | undefined {
  return seen.repository?.spec.publish === "tagOnly" ? undefined : fileVeto(git);
}

/** What others committed to the package's folder on the packages' branch is never overwritten unseen. */
function mainVeto(seen: Observed, git: GitView): Veto | undefined {
  const { main, base, head, latest } = git.own;
  if (seen.repository?.spec.publish === "tagOnly" || main === undefined) return undefined;
  if (main === base || main === head || main === latest) return undefined;
  // It never was there: what was published had a tag alone, or main has another history now.
  if (main === ABSENT && git.mainChange === undefined) return undefined;
  const { commit = main, author, merged = false, mergeable = false } = git.mainChange ?? {};
  if (merged || confirmed(seen).includes(commit)) return undefined;
  const by = author === undefined ? "others" : `${author} (commit ${commit})`;
  const what =
    git.mainRevision === undefined
      ? `was changed by ${by}`
      : `is as ${git.mainRevision} has it, though ${git.latest?.revision} is the latest (commit ${commit})`;
  const ways = [
    ...(main === ABSENT ? [] : [`begin one from it (task clone, upstream.revision ${MAIN_REVISION})`]),
    ...(mergeable ? ["merge it into the draft's branch"] : []),
    `take over what is wanted of it and annotate ${ANNOTATION_CONFIRM_BASE}=${[...confirmedLatest(seen, git), commit].join(",")} (an approver)`,
  ];
  const message = `the folder ${git.path} on ${git.mainRef} ${what}, and this draft was not made from that: ${ways.join(", or ")}`;
  return { reason: "MainDiverged", message, kind: "stalled" };
}

/** What approvers have looked at: revisions and commits, separated by commas. */
function confirmed(seen: Observed): readonly string[] {
  return seen.object.metadata.annotations?.[ANNOTATION_CONFIRM_BASE]?.split(/[,\s]+/) ?? [];
}

/** The latest revision, where it had to be confirmed: it is to stay so. */
function confirmedLatest(seen: Observed, git: GitView): readonly string[] {
  const latest = git.latest?.revision;
  return latest !== undefined && confirmed(seen).includes(latest) ? [latest] : [];
}
