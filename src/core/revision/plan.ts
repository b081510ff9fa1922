import type { Lifecycle } from "../../api/v1alpha1/package-revision.ts";
import { tombstoneRef } from "../identity/refs.ts";
import type { Oid } from "../repository/change.ts";
import type { DraftBranch, PublishedRef } from "../repository/classify-ref.ts";
import { describeRewrite, HISTORY_REWRITTEN, isConfirmed } from "../repository/history-rewrite.ts";
import type { GitView, Observed, Source, Veto } from "./observation.ts";
import { proposeVeto } from "./preconditions/propose-preconditions.ts";
import { mainUnsoundVeto, publishVeto } from "./preconditions/publish-preconditions.ts";
import { startVeto } from "./preconditions/start-preconditions.ts";

/** How a draft begins. */
export type Beginning =
  | { readonly from: "init" }
  | { readonly from: "empty" }
  | { readonly from: "latest"; readonly published: PublishedRef }
  | { readonly from: "upstream"; readonly source: Source };

/** The one thing that a reconcile does. */
export type Plan =
  /** Nothing can be said before the repository has been read. */
  | { readonly do: "wait" }
  | { readonly do: "block"; readonly veto: Veto }
  | { readonly do: "start"; readonly git: GitView; readonly beginning: Beginning }
  /** Keep a draft's contents and its branch equal; `veto`: why its wish to move on waits. */
  | { readonly do: "open"; readonly git: GitView; readonly draft: DraftBranch; readonly veto?: Veto }
  | { readonly do: "propose"; readonly git: GitView; readonly draft: DraftBranch }
  | { readonly do: "hold"; readonly git: GitView; readonly draft: DraftBranch; readonly veto?: Veto }
  | { readonly do: "withdraw"; readonly git: GitView; readonly draft: DraftBranch; readonly voided: boolean }
  | { readonly do: "publish"; readonly git: GitView; readonly draft: DraftBranch; readonly commit: Oid }
  | { readonly do: "settle"; readonly git: GitView; readonly published: PublishedRef; readonly veto?: Veto }
  /** Let the object go without touching Git. */
  | { readonly do: "release" }
  | { readonly do: "deleteDraft"; readonly git: GitView; readonly draft: DraftBranch }
  | { readonly do: "deletePublished"; readonly git: GitView; readonly published: PublishedRef };

/** Decides what to do for a package revision. Git is the record: what it holds comes before what status says. */
export function planRevision(seen: Observed): Plan {
  if (seen.object.metadata.deletionTimestamp !== undefined) return planDeletion(seen);
  const { repository, git } = seen;
  const { packageRevID } = seen.object.spec;
  if (repository === undefined) {
    const message = `no Repository ${packageRevID.repository} in this namespace`;
    return block({ reason: "RepositoryNotFound", message, kind: "stalled" });
  }
  if (git === undefined) return planUnread(seen);
  if (git.found?.kind === "published") return planPublished(seen, git, git.found);
  const is = seen.object.status?.lifecycle;
  if (is === "published" || is === "deletionProposed") return block(tagMissing(seen, git));
  if (git.found === undefined) return planAbsent(seen, git, is);
  return planDraft(seen, git, git.found, is ?? recordedLifecycle(git.found));
}

function block(veto: Veto): Plan {
  return { do: "block", veto };
}

function planUnread(seen: Observed): Plan {
  const ready = seen.repository?.status?.conditions?.find((one) => one.type === "Ready");
  // Read before a restart, so the first sync is under way and tells all of its package revisions.
  if (ready === undefined || ready.status === "True" || ready.reason === HISTORY_REWRITTEN) return { do: "wait" };
  const message = `Repository ${seen.object.spec.packageRevID.repository} is not ready: ${ready.message}`;
  return block({ reason: "RepositoryNotReady", message, kind: "waiting" });
}

function planPublished(seen: Observed, git: GitView, published: PublishedRef): Plan {
  const known = seen.object.status?.commit;
  const settled = seen.object.status?.lifecycle === "published" || seen.object.status?.lifecycle === "deletionProposed";
  if (settled && known !== undefined && known !== published.commit) {
    const message = `the tag ${published.ref} was moved on the remote from ${known} to ${published.commit}; published contents never change: put the tag back, or publish a new revision`;
    return { do: "settle", git, published, veto: { reason: "TagMoved", message, kind: "stalled" } };
  }
  return { do: "settle", git, published };
}

function tagMissing(seen: Observed, git: GitView): Veto {
  const { revision, commit } = seen.object.status ?? {};
  const tag = `refs/tags/${git.path}/${revision}`;
  const message = `the tag ${tag} was deleted on the remote; to bring it back, push the tag from a clone that has it, or else ${commit} to it; to let it go, which leaves main as it is and the number free, set lifecycle deletionProposed and delete this package revision`;
  return { reason: "TagMissing", message, kind: "stalled" };
}

function planAbsent(seen: Observed, git: GitView, is: Lifecycle | undefined): Plan {
  const { spec, status } = seen.object;
  const ref = `refs/heads/${git.path}/${spec.packageRevID.workspace}`;
  if (is !== undefined) {
    const message = `the branch ${ref} was deleted on the remote; to bring it back, push ${status?.commit} to it; to let it go, delete this package revision`;
    return block({ reason: "BranchMissing", message, kind: "stalled" });
  }
  if (spec.lifecycle === "published" || spec.lifecycle === "deletionProposed") {
    const message = `there is no tag refs/tags/${git.path}/${spec.packageRevID.revision ?? "vN"} of it: begin with lifecycle draft`;
    return block({ reason: "RevisionNotFound", message, kind: "stalled" });
  }
  const veto = startVeto(seen, git);
  return veto === undefined ? { do: "start", git, beginning: beginningOf(seen, git) } : block(veto);
}

function beginningOf(seen: Observed, git: GitView): Beginning {
  const task = seen.object.spec.tasks?.[0]?.type;
  if (task === "init") return { from: "init" };
  if (seen.upstream.state === "found") return { from: "upstream", source: seen.upstream.source };
  return git.latest === undefined ? { from: "empty" } : { from: "latest", published: git.latest };
}

/** What a branch that no object speaks of yet is: only our own stamp makes it a proposal. */
export function recordedLifecycle(draft: DraftBranch): "draft" | "proposed" {
  return draft.stamp?.lifecycle === "proposed" ? "proposed" : "draft";
}

function planDraft(seen: Observed, git: GitView, draft: DraftBranch, is: Lifecycle): Plan {
  const wish = seen.object.spec.lifecycle ?? "draft";
  if (is === "draft") {
    const rewritten = rewrittenVeto(seen, git, draft);
    if (rewritten !== undefined) return block(rewritten);
    const veto = wish === "draft" ? undefined : proposeVeto(seen);
    return wish === "draft" || veto !== undefined
      ? { do: "open", git, draft, ...(veto !== undefined && { veto }) }
      : { do: "propose", git, draft };
  }
  const { proposal } = seen.object.status ?? {};
  const voided = proposal !== undefined && proposal.commit !== draft.commit;
  if (voided || wish === "draft") return { do: "withdraw", git, draft, voided };
  // Restored from Git: the proposal is read back before anything is decided on it.
  if (proposal === undefined || wish !== "published") return { do: "hold", git, draft };
  const veto = publishVeto(seen, git, proposal);
  return veto === undefined ? { do: "publish", git, draft, commit: proposal.commit } : { do: "hold", git, draft, veto };
}

/** A history that others replaced is not taken over unseen: commits that were shown, and acknowledged, may be lost in it. */
function rewrittenVeto(seen: Observed, git: GitView, draft: DraftBranch): Veto | undefined {
  if (git.branchLost === undefined) return undefined;
  const rewrite = { ref: draft.ref, lost: git.branchLost, now: draft.commit };
  if (isConfirmed(rewrite, seen.object.metadata.annotations)) return undefined;
  const message = describeRewrite(
    rewrite,
    "what was there stays shown, and edits wait",
    `pkgrev ${seen.object.metadata.name}`,
  );
  return { reason: "BranchRewritten", message, kind: "stalled" };
}

/** A deletion touches Git only for what status says was a draft, a proposal or proposed for deletion. */
function planDeletion(seen: Observed): Plan {
  const { repository, git } = seen;
  const is = seen.object.status?.lifecycle;
  if (repository === undefined || repository.metadata.deletionTimestamp !== undefined) return { do: "release" };
  if (is === "published") return { do: "release" };
  if (git === undefined) return is === undefined ? { do: "release" } : planUnread(seen);
  const { found } = git;
  // Status says which commit was shown: what others pushed since is not deleted unseen, but discovered as a draft again.
  const shown = found !== undefined && found.commit === seen.object.status?.commit;
  if (found?.kind === "draft" && shown && (is === "draft" || is === "proposed")) {
    return { do: "deleteDraft", git, draft: found };
  }
  // A moved tag is someone else's: it stays.
  if (found?.kind === "published" && is === "deletionProposed" && shown) {
    const veto = mainUnsoundVeto(seen, git) ?? tombstoneVeto(git, found);
    if (veto !== undefined) return block(veto);
    return { do: "deletePublished", git, published: found };
  }
  return { do: "release" };
}

/** What was deleted under a number stays where it is kept, also where others have used the number again since. */
function tombstoneVeto({ path, tombstone }: GitView, published: PublishedRef): Veto | undefined {
  if (tombstone === undefined || tombstone === published.commit) return undefined;
  const tag = tombstoneRef(path, published.revision);
  const message = `${published.revision} was deleted once before, and ${tag} keeps what it was then (commit ${tombstone}): rename that tag, or delete it, and this goes on`;
  return { reason: "RefConflict", message, kind: "stalled" };
}
