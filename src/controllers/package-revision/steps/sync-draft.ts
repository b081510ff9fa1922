import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { editedAfter } from "../../../core/revision/commit-trailers.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import { isRecorded, metadataDigest, recordedAs } from "../../../core/revision/recorded-metadata.ts";
import { checkFiles, reportSettled } from "../checks/report-files.ts";
import { hasChanges, type Processed } from "../processing/process-contents.ts";
import { processCommitted, processSettled } from "../processing/process-draft.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import { mergeEdits } from "../resources/merge-edits.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { prefixesOf, type RevisionScope } from "../scope.ts";
import { commitEdits } from "./commit-edits.ts";
import { commitRender } from "./commit-render.ts";
import { commitStatus, provenanceOf } from "./commit-status.ts";
import { draftReadiness, draftReady } from "./draft-ready.ts";
import { makeScheduled } from "./make-scheduled.ts";
import { refuseEdits } from "./refuse-edits.ts";
import { showEndedRequest } from "./rejection.ts";
import { NOT_RETURNED } from "./returned-draft.ts";
import { reconcileAgain, resultWithBlocker, type StepResult } from "./step.ts";
import { takeBackRequest } from "./take-back.ts";

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
    const processed = await processSettled(scope, view, draft);
    if (!hasChanges(processed)) return await reportDraft(scope, view, draft, processed, blocker);
    const committed = await commitRender(scope, view, draft, processed, blocker);
    if (committed !== undefined) return committed;
  }
  const pages = await contents.read(object, scope.admit);
  if (pages.length === 0) return await showDraft(scope, view, draft, blocker);
  const takenBack = await takeBackRequest(scope, view, draft, pages);
  if (takenBack !== undefined) return takenBack;
  const merged = await mergeEdits(scope, view, draft, pages);
  if (merged.kind === "refused") return await refuseEdits(scope, pages, merged.problems);
  const committed = await commitEdits(scope, view, draft, pages, merged, { lifecycle: "draft" });
  if (committed === undefined) return reconcileAgain();
  const { commit, read, digest, metadata, trailers } = committed;
  const report = checkFiles(scope, commit, read.files);
  const processed = await processCommitted(scope, view, committed);
  const pageStatus = { frozen: false, commit, read, report, results: processed.results } as const;
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
    ...editedAfter(draft.trailers, trailers),
    metadataDigest: metadataDigest(object, prefixesOf(scope)),
    base: metadata.base,
    upstreamLock: metadata.upstreamLock,
    proposal: undefined,
    ...withNewRequest(blocker),
  };
  const result = resultWithBlocker(blocker, status, draftReadiness(scope, draft, read.files.length));
  return { ...result, report, processed, again: hasChanges(processed) };
}

/** The draft is as its contents objects and its status have it. */
async function reportDraft(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  processed: Processed | undefined,
  blocker: Blocker | undefined,
): Promise<StepResult> {
  const report = await reportSettled(scope, view, draft);
  const status = { ...withNewRequest(blocker), provenance: provenanceOf(draft) };
  const readiness = draftReadiness(scope, draft, scope.object.status?.files);
  const { processed: scheduled, again } = await makeScheduled(scope, processed);
  return { ...resultWithBlocker(blocker, status, readiness), report, processed: scheduled, again };
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
  const digest = await digestOf(read.files);
  const { base = await store.findDraftBase(view, draft), upstreamLock } = draft.metadata ?? {};
  const { commit, trailers } = draft;
  const processed = await processCommitted(scope, view, { commit, trailers, base, read, digest });
  const pageStatus = { frozen: false, commit, read, report, results: processed.results } as const;
  await contents.create(object, read.shown, pageStatus);
  const status = {
    lifecycle: "draft",
    ...commitStatus(draft.commit, read, digest, draft),
    ...editedAfter(draft.trailers),
    ...recordedAs(object, prefixesOf(scope), draft.metadata),
    base,
    upstreamLock,
    proposal: undefined,
  };
  const ready = draftReady(draft, read.files.length);
  return { ...resultWithBlocker(blocker, status, ready), report, processed, again: true };
}

/** What holds a new request to propose back is reported in place of the end of an earlier one. */
function withNewRequest(blocker: Blocker | undefined): StepResult["status"] {
  return blocker === undefined ? {} : NOT_RETURNED;
}
