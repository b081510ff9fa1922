import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { releaseStatus } from "../../../core/release/members.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { editedAfter } from "../../../core/revision/commit-trailers.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import { approvalsMessage } from "../../../core/revision/preconditions/approvals.ts";
import { proposalDigest } from "../../../core/revision/proposal-digest.ts";
import { isRecorded, recordedAs } from "../../../core/revision/recorded-metadata.ts";
import { checkFiles, reportSettled } from "../checks/report-files.ts";
import { processSettled } from "../processing/process-draft.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import { mergeProposal } from "../resources/merge-edits.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { changersOf, prefixesOf, type RevisionScope } from "../scope.ts";
import { approvalStatus } from "./approval-status.ts";
import { planCommit } from "./commit-edits.ts";
import { commitStatus, provenanceOf } from "./commit-status.ts";
import { resultWithBlocker, type StepResult } from "./step.ts";
import { syncDraft } from "./sync-draft.ts";
import { unattributedNote } from "./unattributed.ts";

/** Keeps a proposal as it is. A proposal known from Git alone gets its contents objects and its status back. */
export async function keepProposed(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  { blocker, refusal }: { readonly blocker?: Blocker; readonly refusal?: string } = {},
): Promise<StepResult> {
  const { object, contents, store, now } = scope;
  const { proposal } = object.status ?? {};
  if (proposal !== undefined && contents.hasAllPages(object)) {
    if (!contents.isSettled(object, true)) await showProposal(scope, view, draft);
    const report = await reportSettled(scope, view, draft);
    const processed = await processSettled(scope, view, draft);
    const status = {
      provenance: provenanceOf(draft),
      ...approvalStatus(scope, proposal.digest),
      release: releaseStatus(scope.observation.release),
    };
    const pages = contents.countPages(object);
    const ready = proposedReady(scope, {
      digest: proposal.digest,
      pages,
      note: changedMetadata(scope, draft),
      ...(refusal !== undefined && { refusal }),
    });
    return { ...resultOf(object, blocker, status, ready), report, processed };
  }
  if (contents.hasAllPages(object) && !(await showsProposal(scope, view, draft))) {
    return { ...(await syncDraft(scope, view, draft)), again: true };
  }
  const read = await store.readTree(view, draft.tree, scope.admit);
  const report = checkFiles(scope, draft.commit, read.files);
  const hasPages = contents.hasAllPages(object);
  if (!hasPages) {
    const pageStatus = { frozen: true, commit: draft.commit, read, report } as const;
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
  const shown = proposal ?? restored;
  const status = {
    lifecycle: "proposed",
    base: metadata?.base ?? object.status?.base,
    upstreamLock: metadata?.upstreamLock,
    ...commitStatus(draft.commit, read, digest, draft),
    ...editedAfter(draft.trailers),
    ...recordedAs(object, prefixesOf(scope), draft.metadata),
    proposal: shown,
    ...approvalStatus(scope, shown.digest),
  };
  const ready = proposedReady(scope, { digest: shown.digest, pages: contents.countPages(object) });
  const result = resultOf(object, blocker, status, ready);
  // The package is judged once its pages are known, of which no event tells: the cache may be behind their creation.
  return { ...result, report, again: proposal === undefined || !hasPages };
}

/**
 * What an approval would wait for is reported before there is one, too; `waitingFor` is about requested steps alone.
 */
function resultOf({ spec }: PackageRevision, ...[blocker, status, ready]: Parameters<typeof resultWithBlocker>) {
  const result = resultWithBlocker(blocker, status, ready);
  return spec.lifecycle === "published" ? result : { ...result, status: { ...result.status, waitingFor: undefined } };
}

/**
 * Whether contents objects that are there, though status does not know the proposal, show exactly its files: after an
 * etcd restore they may be older, or edited since. Freezes them, so that this stays so.
 */
async function showsProposal(scope: RevisionScope, view: RevisionView, draft: DraftBranch): Promise<boolean> {
  const { contents, object } = scope;
  const pages = await contents.updatePageStatus(
    object,
    await contents.read(object, scope.admit),
    { frozen: true },
    UNACKNOWLEDGED,
  );
  return await hasProposedFiles(scope, view, draft, pages);
}

async function hasProposedFiles(...parameters: Parameters<typeof mergeProposal>): Promise<boolean> {
  const [, view, draft] = parameters;
  const merged = await mergeProposal(...parameters);
  if (merged.kind === "refused" || merged.rewrite) return false;
  return (await planCommit(view, draft, merged)).edits.length === 0;
}

/**
 * Makes the contents objects of a proposal show its commit, as the operator left them: they may have been opened and
 * edited, or their status written, while no admission policy kept other clients from that.
 */
async function showProposal(scope: RevisionScope, view: RevisionView, draft: DraftBranch): Promise<void> {
  const { contents, object, store, admit } = scope;
  const present = await contents.read(object, admit);
  const isFrozen = present.every((page) => page.status?.frozen !== false);
  const isShown = isFrozen
    ? await hasProposedFiles(scope, view, draft, present)
    : await showsProposal(scope, view, draft);
  // A new object counts as frozen, and has no status where that would add nothing.
  if (isShown && present[0]?.status === undefined) return;
  const pages = isFrozen ? present : await contents.read(object, admit);
  const read = await store.readTree(view, draft.tree, admit);
  const pageStatus = { frozen: true, commit: draft.commit, read } as const;
  if (isShown) {
    await contents.updatePageStatus(object, pages, pageStatus);
    return;
  }
  const open = await contents.updatePageStatus(object, pages, { frozen: false }, UNACKNOWLEDGED);
  await contents.replaceFiles(object, open, read.shown, pageStatus);
}

/** Labels and annotations are not frozen: a reviewer is told that what the object shows is not what is approved. */
function changedMetadata(scope: RevisionScope, draft: DraftBranch): string {
  const { object } = scope;
  if (isRecorded(object, prefixesOf(scope), draft.metadata)) return "";
  const by = changersOf(object).at(-1);
  const who = by === undefined ? "" : `, by ${by}`;
  const since = `; its labels or annotations were changed since${who}: what is approved are those that commit `;
  return `${since}${draft.commit} records`;
}

interface Approvable {
  readonly digest: string;
  /** The number of its contents objects. */
  readonly pages: number;
  /** Continues the message. */
  readonly note?: string;
  /** Why no automatic rule approves it. */
  readonly refusal?: string;
}

export function proposedReady(
  scope: RevisionScope,
  { digest, pages, note = "", refusal }: Approvable,
): StepResult["readiness"] {
  const { name } = scope.object.metadata;
  const all = pages > 1 ? `; its files are in ${pages} contents objects, ${name} to ${name}.page-${pages}` : "";
  const approvals = approvalsMessage(scope.observation, { digest });
  const needs = approvals === undefined ? "" : `; ${approvals.message}`;
  const byHand = refusal === undefined ? "" : `; no automatic rule approves it (${refusal})`;
  const message = `waits for approval of ${digest}${needs}${byHand}${all}${note}${unattributedNote(scope)}`;
  return { state: "ready", reason: "Proposed", message };
}
