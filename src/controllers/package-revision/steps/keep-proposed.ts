import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import { proposalDigest } from "../../../core/revision/proposal-digest.ts";
import { recordedAs } from "../../../core/revision/recorded-metadata.ts";
import { checkFiles, reportSettled } from "../checks/report-files.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import type { RevisionScope } from "../scope.ts";
import { commitStatus } from "./commit-status.ts";
import { resultWithBlocker, type StepResult } from "./step.ts";

/** Keeps a proposal as it is. A proposal known from Git alone gets its contents objects and its status back. */
export async function keepProposed(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  blocker?: Blocker,
): Promise<StepResult> {
  const { object, contents, store, now } = scope;
  const { proposal } = object.status ?? {};
  if (proposal !== undefined && contents.hasAllPages(object)) {
    const report = await reportSettled(scope, view, draft);
    return { ...resultWithBlocker(blocker, {}, proposedReady(proposal.digest)), report };
  }
  const read = await store.readTree(view, draft.tree);
  const report = checkFiles(scope, draft.commit, read.files);
  if (!contents.hasAllPages(object)) {
    const pageStatus = { frozen: true, commit: draft.commit, hidden: read.hidden, report } as const;
    await contents.create(object, read.shown, pageStatus);
  }
  const digest = await digestOf(read.files);
  const { proposedBy, proposedAt, metadata } = draft.trailers ?? {};
  const restored = {
    digest: proposalDigest(digest, metadata ?? {}),
    commit: draft.commit,
    ...(proposedBy !== undefined && { by: proposedBy }),
    at: proposedAt ?? now,
  };
  const status = {
    lifecycle: "proposed",
    base: object.status?.base ?? metadata?.base,
    upstreamLock: object.status?.upstreamLock ?? metadata?.upstreamLock,
    ...commitStatus(draft.commit, read, digest),
    ...recordedAs(object, draft.trailers),
    proposal: proposal ?? restored,
  };
  const result = resultWithBlocker(blocker, status, proposedReady(status.proposal.digest));
  return { ...result, report, again: proposal === undefined };
}

export function proposedReady(digest: string): StepResult["readiness"] {
  return { state: "ready", reason: "Proposed", message: `waits for approval of ${digest}` };
}
