import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import type { DraftBase } from "../../../api/v1alpha1/package-revision-status.ts";
import { showFiles } from "../../../core/files/package-file.ts";
import { treeChanges } from "../../../core/files/tree-changes.ts";
import { OPERATOR } from "../../../core/identity/person.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { mayLackNames } from "../../../core/revision/attribution.ts";
import { mayHaveUnknownEditors } from "../../../core/revision/claimed-editors.ts";
import { type CommitMetadata, editedAfter } from "../../../core/revision/commit-trailers.ts";
import { recordedEditors } from "../../../core/revision/editor-trailers.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { isEdited } from "../../../core/revision/page-versions.ts";
import {
  describeBase,
  describeRebase,
  type LastRebase,
  planRebase,
  rebaseRequester,
} from "../../../core/revision/rebase.ts";
import { isRecorded, metadataDigest, nextMetadata } from "../../../core/revision/recorded-metadata.ts";
import { checkFiles } from "../checks/report-files.ts";
import { editorsOf } from "../observe.ts";
import { hasChanges } from "../processing/process-contents.ts";
import { processCommitted } from "../processing/process-draft.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { changersOf, prefixesOf, type RevisionScope } from "../scope.ts";
import { prepareUnmoved } from "./commit-edits.ts";
import { commitStatus } from "./commit-status.ts";
import { draftReadiness } from "./draft-ready.ts";
import { mergeNewer, type NewerMerge } from "./merge-newer.ts";
import { assertRecordable } from "./metadata-limit.ts";
import { answerRebase } from "./rebase-request.ts";
import { reconcileAgain, type StepResult } from "./step.ts";
import { syncDraft } from "./sync-draft.ts";

type Merged = Extract<NewerMerge, { readonly kind: "merged" }>;

/**
 * Rebases a draft, as a user asks for: merges what was published, or pushed to main, since its base into its files, as
 * a commit of its own that records the new base. Edits that are not in Git yet come first, and so do those that are
 * made while it merges.
 */
export async function rebaseDraft(scope: RevisionScope, view: RevisionView, draft: DraftBranch): Promise<StepResult> {
  const { object, contents, store } = scope;
  if (!isInGit(scope, draft, await contents.read(object, scope.admit))) {
    const synced = await syncDraft(scope, view, draft);
    // Edits that cannot be stored wait for a user, and so does the rebase.
    return synced.readiness.state === "ready" ? { ...synced, again: true } : synced;
  }
  const base = draft.metadata?.base ?? (await store.findDraftBase(view, draft));
  const plan = planRebase(scope.observation, view, base);
  if (plan.kind === "end") return await end(scope, draft, plan);
  const merged = await mergeNewer(scope, view, draft, base, plan);
  if (merged.kind === "moved") return reconcileAgain();
  if (merged.kind === "refused") return await end(scope, draft, { result: "Refused", message: merged.message });
  const pages = await contents.read(object, scope.admit);
  if (!isInGit(scope, draft, pages)) return reconcileAgain();
  return await commitRebase(scope, view, draft, pages, plan.base, merged);
}

/** True if Git has the draft as its objects show it. */
function isInGit(scope: RevisionScope, draft: DraftBranch, pages: readonly PackageRevisionResources[]): boolean {
  const { object } = scope;
  const isShown = object.status?.commit === draft.commit && pages[0]?.status?.commit === draft.commit;
  const isOpen = pages.every((page) => !isEdited(page) && page.status?.frozen === false);
  return isShown && isOpen && draft.isTaken !== true && isRecorded(object, prefixesOf(scope), draft.metadata);
}

async function end(
  scope: RevisionScope,
  draft: DraftBranch,
  answer: Pick<LastRebase, "result" | "message">,
): Promise<StepResult> {
  const { object, lastRebase } = await answerRebase(scope.dependencies, scope.object, answer);
  const readiness = draftReadiness(scope, draft, scope.object.status?.files);
  return { object, status: { lastRebase }, readiness, again: true };
}

async function commitRebase(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  base: DraftBase,
  { before, files, summary, lock }: Merged,
): Promise<StepResult> {
  const { store, contents } = scope;
  const digest = await digestOf(showFiles(files).files);
  const { upstreamLock: _, ...own } = nextMetadata(scope.object, prefixesOf(scope), draft.metadata);
  const metadata = { ...own, base, ...(lock !== undefined && { upstreamLock: lock }) };
  assertRecordable(metadata);
  const trailers = trailersFor(scope, view, draft, pages, { digest, metadata });
  const edits = treeChanges(view.path, before, files);
  const subject = `Rebase ${view.path} (${draft.workspace}): ${summary}`;
  const request = prepareUnmoved({ draft, edits, subject, trailers, author: OPERATOR });
  const result = await store.commit(scope.object, request);
  if (result.kind === "aborted") return reconcileAgain();
  const { commit } = result;
  const read = await store.readCommit(view, commit, scope.admit);
  const report = checkFiles(scope, commit, read.files);
  const processed = await processCommitted(scope, view, { commit, read, digest, trailers, base });
  const pageStatus = { frozen: false, commit, read, report, results: processed.results } as const;
  await contents.replaceFiles(scope.object, pages, read.shown, pageStatus);
  const message = describeRebase(describeBase(base), trailers.rebasedBy);
  const answer = { result: "Rebased", message } as const;
  const { object, lastRebase } = await answerRebase(scope.dependencies, scope.object, answer, base);
  const status = {
    lifecycle: "draft",
    ...commitStatus(commit, read, digest),
    ...editedAfter(draft.trailers, trailers),
    metadataDigest: metadataDigest(object, prefixesOf(scope)),
    base,
    upstreamLock: lock,
    lastRebase,
  };
  const readiness = draftReadiness(scope, { ...draft, trailers }, read.files.length);
  return { object, status, readiness, report, processed, again: hasChanges(processed) };
}

/** The user who asked for it has a part in what the draft has since, as its editors have. */
function trailersFor(
  { object, observation }: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  recorded: Required<Pick<CommitMetadata, "digest" | "metadata">>,
): CommitMetadata {
  const by = rebaseRequester(object);
  const { policies } = observation;
  const named = [...changersOf(object), ...editorsOf(pages), ...(by === undefined ? [] : [by])];
  const known = recordedEditors(draft, ...named);
  const lacksNames = policies.kind === "missing" || mayLackNames(policies, object, pages, true);
  const editorsUnknown = mayHaveUnknownEditors(draft, known.editors ?? []) || lacksNames;
  const trailers = { path: view.path, workspace: draft.workspace, lifecycle: "draft", ...recorded } as const;
  return {
    ...trailers,
    ...editedAfter(draft.trailers, trailers),
    ...(by !== undefined && { rebasedBy: by }),
    rebasedOnto: describeBase(recorded.metadata.base ?? {}),
    ...recordedEditors({ ...known, editorsUnknown }),
  };
}
