import { ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { editedAfter } from "../../../core/revision/commit-trailers.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import { needsSchedule, requiredGates } from "../../../core/revision/preconditions/gates.ts";
import { proposalDigest } from "../../../core/revision/proposal-digest.ts";
import { metadataDigest } from "../../../core/revision/recorded-metadata.ts";
import { checkFiles } from "../checks/report-files.ts";
import { adoptProposed, isPassed, isRunning, processContents } from "../processing/process-contents.ts";
import { processSettled } from "../processing/process-draft.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import { mergeProposal } from "../resources/merge-edits.ts";
import { prefixesOf, type RevisionScope } from "../scope.ts";
import { approvalStatus } from "./approval-status.ts";
import { commitEdits, planCommit } from "./commit-edits.ts";
import { commitStatus } from "./commit-status.ts";
import { draftReadiness } from "./draft-ready.ts";
import { proposedReady } from "./keep-proposed.ts";
import { refuseEdits } from "./refuse-edits.ts";
import { NOT_RETURNED } from "./returned-draft.ts";
import { reconcileAgain, resultWithBlocker, type StepResult } from "./step.ts";
import { showDraft, syncDraft } from "./sync-draft.ts";
import { takeBackRequest } from "./take-back.ts";

/** An event reports the end of the run. */
const RUNNING: Blocker = {
  reason: "Validating",
  message: "the package is being rendered and validated",
  kind: "waiting",
};

/** Freezes the contents, commits exactly what is frozen, and makes that the proposal. */
export async function proposeDraft(scope: RevisionScope, view: RevisionView, draft: DraftBranch): Promise<StepResult> {
  const { object, contents, now, observation } = scope;
  const present = await contents.read(object, scope.admit);
  if (present.length === 0) return await showDraft(scope, view, draft);
  // Before anything is frozen.
  if (contents.isSettled(object, false)) {
    const known = await processSettled(scope, view, draft);
    if (known !== undefined && isRunning(known))
      return await waitForRun(scope, view, draft, object.status?.contentDigest);
  }
  // Contents that were refused before are checked before they are frozen again: the user must be able to correct them.
  if ((object.status?.waitingFor ?? []).length > 0) {
    const takenBack = await takeBackRequest(scope, view, draft, present);
    if (takenBack !== undefined) return takenBack;
    const before = await mergeProposal(scope, view, draft, present);
    if (before.kind === "refused") return await refuseEdits(scope, present, before.problems);
  }
  // These responses hold exactly the contents that cannot change any more.
  const pages = await contents.updatePageStatus(object, present, { frozen: true }, UNACKNOWLEDGED);
  const takenBack = await takeBackRequest(scope, view, draft, pages);
  if (takenBack !== undefined) return takenBack;
  const merged = await mergeProposal(scope, view, draft, pages);
  if (merged.kind === "refused") return await refuseEdits(scope, pages, merged.problems);
  // The branch has moved: its files are shown first, since users may edit while they are being written.
  if (merged.rewrite) return await draftFirst(scope, view, draft);
  // The gates, the render and the validation have judged the contents of status: what was edited since is a draft until
  // they have judged it.
  const planned = await planCommit(view, draft, merged);
  const isJudged = planned.digest === object.status?.contentDigest;
  if (!isJudged && requiredGates(observation).length > 0) return await draftFirst(scope, view, draft);
  const files = { view, digest: planned.digest, files: planned.read.files };
  const processed = await processContents(scope, draft.trailers, files);
  if (isRunning(processed)) return await waitForRun(scope, view, draft, planned.digest);
  if (!isPassed(processed)) return await draftFirst(scope, view, draft);
  // Other inputs may need other packages, with the same files.
  const lacksPackages = needsSchedule(observation) && processed.scheduled?.status !== "True";
  if (lacksPackages) return await draftFirst(scope, view, draft);
  const committed = await commitEdits(scope, view, draft, pages, merged, {
    lifecycle: "proposed",
    rendered: processed.status?.rendering,
  });
  if (committed === undefined) return reconcileAgain();
  const { commit, read, digest, trailers, metadata } = committed;
  adoptProposed(scope, trailers, digest, processed);
  const report = checkFiles(scope, commit, read.files);
  const pageStatus = { frozen: true, commit, read, report, results: processed.results } as const;
  await contents.updatePageStatus(object, pages, { ...pageStatus, error: undefined });
  const by = object.metadata.annotations?.[ANNOTATION_PROPOSED_BY];
  const approvable = proposalDigest(digest, metadata);
  const proposal = { digest: approvable, commit, ...(by !== undefined && { by }), at: committed.proposedAt ?? now };
  return {
    status: {
      lifecycle: "proposed",
      ...commitStatus(commit, read, digest, draft),
      ...editedAfter(draft.trailers, trailers),
      metadataDigest: metadataDigest(object, prefixesOf(scope)),
      proposal,
      ...approvalStatus(scope, approvable),
      waitingFor: undefined,
      ...NOT_RETURNED,
    },
    readiness: proposedReady(scope, { digest: approvable, pages: pages.length }),
    report,
    processed,
    again: object.spec.lifecycle === "published",
  };
}

/** @param digest of the contents that are to be proposed */
async function waitForRun(scope: RevisionScope, view: RevisionView, draft: DraftBranch, digest: string | undefined) {
  const { trailers } = draft;
  // The proposal was pushed before the process ended: as a draft it would be committed once more.
  const isPushed = trailers?.lifecycle === "proposed" && trailers.digest === digest;
  if (!isPushed) return await syncDraft(scope, view, draft, RUNNING);
  return resultWithBlocker(RUNNING, {}, draftReadiness(scope, draft, scope.object.status?.files));
}

async function draftFirst(scope: RevisionScope, view: RevisionView, draft: DraftBranch): Promise<StepResult> {
  return { ...(await syncDraft(scope, view, draft)), again: true };
}
