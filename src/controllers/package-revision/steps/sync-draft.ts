import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import { isRecorded, metadataDigest, recordedAs } from "../../../core/revision/recorded-metadata.ts";
import { checkFiles, reportSettled } from "../checks/report-files.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import { mergeEdits } from "../resources/merge-edits.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { prefixesOf, type RevisionScope } from "../scope.ts";
import { commitEdits } from "./commit-edits.ts";
import { commitStatus, provenanceOf } from "./commit-status.ts";
import { refuseEdits } from "./refuse-edits.ts";
import { showEndedRequest } from "./rejection.ts";
import { NOT_RETURNED, returnedReadyOf } from "./returned-draft.ts";
import { reconcileAgain, resultWithBlocker, type StepResult } from "./step.ts";
import { takeBackRequest } from "./take-back.ts";
import { unattributedNote } from "./unattributed.ts";

/**
 * Keeps a draft's contents objects and its branch equal: pushes edits, and shows commits that were pushed from outside.
 */
export async function syncDraft(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  blocker?: Blocker,
): Promise<StepResult> {
  const { object, contents } = scope;
  const ended = await showEndedRequest(scope);
  if (ended !== undefined) return ended;
  const isShown = object.status?.lifecycle === "draft" && object.status.commit === draft.commit;
  const isCurrent = isRecorded(object, prefixesOf(scope), draft.metadata) && draft.isTaken !== true;
  if (isShown && contents.isSettled(object, false) && isCurrent) {
    const report = await reportSettled(scope, view, draft);
    const status = { ...withNewRequest(blocker), provenance: provenanceOf(draft) };
    return { ...resultWithBlocker(blocker, status, readinessOf(scope, draft, object.status?.files)), report };
  }
  const pages = await contents.read(object, scope.admit);
  if (pages.length === 0) return await showDraft(scope, view, draft, blocker);
  const takenBack = await takeBackRequest(scope, view, draft, pages);
  if (takenBack !== undefined) return takenBack;
  const merged = await mergeEdits(scope, view, draft, pages);
  if (merged.kind === "refused") return await refuseEdits(scope, pages, merged.problems);
  const committed = await commitEdits(scope, view, draft, pages, merged, "draft");
  if (committed === undefined) return reconcileAgain();
  const { commit, read, digest, metadata } = committed;
  const report = checkFiles(scope, commit, read.files);
  const pageStatus = { frozen: false, commit, read, report } as const;
  if (merged.rewrite) {
    // They may be frozen by a proposal that was not completed: withdrawn while the branch moved.
    const open = await contents.updatePageStatus(object, pages, { frozen: false }, UNACKNOWLEDGED);
    await contents.replaceFiles(object, open, read.shown, pageStatus);
  } else {
    await contents.updatePageStatus(object, pages, { ...pageStatus, error: undefined });
  }
  const status = {
    lifecycle: "draft",
    ...commitStatus(commit, read, digest, draft),
    metadataDigest: metadataDigest(object, prefixesOf(scope)),
    base: metadata.base,
    upstreamLock: metadata.upstreamLock,
    proposal: undefined,
    ...withNewRequest(blocker),
  };
  return { ...resultWithBlocker(blocker, status, readinessOf(scope, draft, read.files.length)), report };
}

/** Creates the contents objects of a branch: one found in Git, or one whose creation was interrupted. */
export async function showDraft(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  blocker?: Blocker,
): Promise<StepResult> {
  const { object, contents, store } = scope;
  const read = await store.readTree(view, draft.tree, scope.admit);
  const report = checkFiles(scope, draft.commit, read.files);
  await contents.create(object, read.shown, { frozen: false, commit: draft.commit, read, report });
  const { base = await store.findDraftBase(view, draft), upstreamLock } = draft.metadata ?? {};
  const status = {
    lifecycle: "draft",
    ...commitStatus(draft.commit, read, await digestOf(read.files), draft),
    ...recordedAs(object, prefixesOf(scope), draft.metadata),
    base,
    upstreamLock,
    proposal: undefined,
  };
  return { ...resultWithBlocker(blocker, status, draftReady(draft, read.files.length)), report, again: true };
}

/** What holds a new request to propose back is reported in place of the end of an earlier one. */
function withNewRequest(blocker: Blocker | undefined): StepResult["status"] {
  return blocker === undefined ? {} : NOT_RETURNED;
}

function readinessOf(scope: RevisionScope, draft: DraftBranch, files: number | undefined) {
  const note = unattributedNote(scope);
  const returned = returnedReadyOf(scope.object.status);
  if (returned === undefined) return draftReady(draft, files, note);
  return { ...returned, message: `${returned.message}${elsewhereNote(draft)}${note}` };
}

/**
 * The same for a draft that was just begun: another message would be one more write of its status.
 * @param note continues the message
 */
export function draftReady(
  draft: Pick<DraftBranch, "ref" | "trailers">,
  files: number | undefined,
  note = "",
): StepResult["readiness"] {
  const empty = files === 0 ? "; it has no files yet" : "";
  const branch = draft.ref.slice("refs/heads/".length);
  return { state: "ready", reason: "Draft", message: `branch ${branch}${empty}${elsewhereNote(draft)}${note}` };
}

function elsewhereNote({ trailers }: Pick<DraftBranch, "trailers">): string {
  return trailers?.lifecycle === "proposed" ? "; its commit is a proposal that was not made here" : "";
}
