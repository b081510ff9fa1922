import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { nextMetadata } from "../../../core/revision/commit-trailers.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import { metadataDigest, recordedAs } from "../../../core/revision/recorded-metadata.ts";
import { draftChange } from "../../../storage/git/package-store/package-changes.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import { checkFiles, reportSettled } from "../checks/report-files.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { changerOf, commitOf, pushPlanned, type RevisionScope, readTree, type StepResult } from "../scope.ts";
import { resultWithBlocker } from "./blocked-result.ts";
import { commitStatus } from "./sync-draft.ts";

/** Keeps a proposal as it is; one that is known from Git alone gets its objects and its status back. */
export async function keepProposed(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  blocker?: Blocker,
): Promise<StepResult> {
  const { object, contents, now } = session;
  const { proposal } = object.status ?? {};
  if (proposal !== undefined && contents.hasAllPages(object)) {
    const report = await reportSettled(session, view, draft);
    return { ...resultWithBlocker(blocker, {}, proposed(proposal.digest)), report };
  }
  const read = await readTree(session, view, draft.tree);
  const report = checkFiles(session, draft.commit, read.files);
  const note = { frozen: true, commit: draft.commit, hidden: read.hidden, report };
  if (!contents.hasAllPages(object)) await contents.create(object, read.shown, note);
  const digest = await digestOf(read.files);
  const { proposedBy, proposedAt, metadata } = draft.trailers ?? {};
  const restored = {
    digest,
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
  return { ...resultWithBlocker(blocker, status, proposed(digest)), report, again: proposal === undefined };
}

/** Makes a proposal a draft again: taken back, rejected, or void because its branch was moved by others. */
export async function returnToDraft(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  voided: boolean,
): Promise<StepResult> {
  const { contents } = session;
  const object = voided ? await resetDesiredLifecycle(session) : session.object;
  const commit = voided ? object.status?.commit : await recordWithdrawal(session, view, draft);
  if (commit === undefined) {
    const message = "the branch moved meanwhile: looking again";
    return { status: {}, readiness: { state: "reconciling", reason: "BranchMoved", message }, again: true };
  }
  const pages = await contents.read(object);
  // What was proposed is acknowledged. Cut off right after this once before, they may have been edited since.
  await contents.note(object, pages, { frozen: false, commit }, UNACKNOWLEDGED);
  const message = voided
    ? `commit ${draft.commit} of others on ${draft.ref} voids the proposal of ${object.status?.proposal?.commit}`
    : `branch ${draft.ref.slice("refs/heads/".length)}`;
  return {
    object,
    status: {
      lifecycle: "draft",
      commit,
      metadataDigest: metadataDigest(object),
      proposal: undefined,
      waitingFor: undefined,
    },
    readiness: { state: "ready", reason: voided ? "ProposalVoided" : "Draft", message },
    again: true,
  };
}

/** What is void is proposed again by a person, or not at all: nobody has looked at what it is now. */
export async function resetDesiredLifecycle({ context, object }: RevisionScope): Promise<PackageRevision> {
  const { lifecycle = "draft" } = object.spec;
  if (lifecycle === "draft") return object;
  const { namespace, name } = object.metadata;
  const metadata = { annotations: { [ANNOTATION_PROPOSED_BY]: null } };
  const body = { metadata, spec: { lifecycle: "draft", approval: null } };
  return await context.client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
}

async function recordWithdrawal(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
): Promise<string | undefined> {
  // Recorded before, and cut off before status said so.
  if (draft.trailers?.lifecycle !== "proposed") return draft.commit;
  const { digest } = draft.trailers;
  const trailers = {
    path: view.path,
    workspace: draft.workspace,
    lifecycle: "draft",
    ...(digest !== undefined && { digest }),
    metadata: nextMetadata(session.object, draft.trailers.metadata),
  } as const;
  const subject = `Return ${view.path} (${draft.workspace}) to draft`;
  const refs = await pushPlanned(session, "withdraw", (now) => {
    const same = now.found?.kind === "draft" && now.found.commit === draft.commit;
    return same ? draftChange(now, draft, [], { subject, trailers, author: changerOf(session) }) : undefined;
  });
  return refs === undefined ? undefined : commitOf(refs, draft.ref);
}

function proposed(digest: string): StepResult["readiness"] {
  return { state: "ready", reason: "Proposed", message: `waits for approval of ${digest}` };
}
