import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_LIFECYCLE_CHANGED_BY, ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import { POLICIES_MISSING } from "../../../core/admission/policy-state.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { editedAfter } from "../../../core/revision/commit-trailers.ts";
import { recordedEditors } from "../../../core/revision/editor-trailers.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import type { ReturnCause } from "../../../core/revision/plan.ts";
import { type ProposalReturn, recordedReturn, requestedReturn } from "../../../core/revision/proposal-return.ts";
import { metadataDigest, nextMetadata } from "../../../core/revision/recorded-metadata.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import { changersOf, lifecycleChangerOf, prefixesOf, type RevisionScope } from "../scope.ts";
import { NO_APPROVALS } from "./approval-status.ts";
import { prepareUnmoved } from "./commit-edits.ts";
import { rejectionOf, removeReason, reportReturn } from "./rejection.ts";
import { cutReturnMessage, NOT_RETURNED, returnedReadyOf } from "./returned-draft.ts";
import { reconcileAgain, type StepResult } from "./step.ts";

/**
 * Makes a proposal a draft again: withdrawn, rejected, or void because its branch was moved from outside, or its spec
 * changed while it was being proposed.
 */
export async function returnToDraft(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  cause: ReturnCause,
): Promise<StepResult> {
  const { contents } = scope;
  const voided = describeVoided(scope.object, draft, cause);
  if (voided !== undefined) await keepVoided(scope, voided);
  const requested = cause === "requested" ? scope.object : await resetDesiredLifecycle(scope);
  const returned = returnOf(scope, draft, cause);
  const commit =
    cause === "branchMoved"
      ? requested.status?.commit
      : await recordReturn({ ...scope, object: requested }, view, draft, returned);
  if (commit === undefined) return reconcileAgain();
  const object = await removeReason(scope, requested);
  const pages = await contents.read(object, scope.admit);
  // The proposal is acknowledged already. After an interruption right behind this write, pages may have been edited.
  await contents.updatePageStatus(object, pages, { frozen: false, commit }, UNACKNOWLEDGED);
  if (cause === "requested") reportReturn(scope, returned);
  const branch = draft.ref.slice("refs/heads/".length);
  const ended = {
    ...(voided !== undefined && { voided }),
    ...rejectionOf(returned, object.status?.proposal?.by, scope.now),
  };
  return {
    object,
    status: {
      lifecycle: "draft",
      commit,
      ...(cause !== "branchMoved" && { provenance: "Operator" }),
      metadataDigest: metadataDigest(object, prefixesOf(scope)),
      proposal: undefined,
      ...NO_APPROVALS,
      release: undefined,
      waitingFor: undefined,
      ...NOT_RETURNED,
      ...ended,
    },
    readiness: returnedReadyOf(ended) ?? {
      state: "ready",
      reason: "Draft",
      message: `branch ${branch}`,
    },
    again: true,
  };
}

/** What a user did, if anybody: a proposal that became void may have been rejected at the same moment. */
function returnOf({ object }: RevisionScope, draft: DraftBranch, cause: ReturnCause): ProposalReturn {
  // After an interruption, the commit has it, and the annotation may be gone.
  if (cause === "requested" && draft.trailers?.lifecycle === "draft") return recordedReturn(draft.trailers);
  return (object.spec.lifecycle ?? "draft") === "draft" ? requestedReturn(object) : {};
}

/** Why a proposal is void, and which approval with it; undefined if a user took it back. */
function describeVoided({ spec, status }: PackageRevision, draft: DraftBranch, cause: ReturnCause): string | undefined {
  // Of a pass that was interrupted: the approval may be gone since.
  if (cause === "requested" || status?.voided !== undefined) return status?.voided;
  const { proposal } = status ?? {};
  const why = {
    branchMoved: `commit ${draft.commit}, pushed to ${draft.ref} from outside, voids the proposal of ${proposal?.commit}`,
    proposerChanged: `it was withdrawn, and proposed again by another user, which voids the proposal of ${proposal?.by}`,
    withdrawn: `it was withdrawn with commit ${draft.commit} before it was approved, which voids the proposal`,
    specChanged: `spec or release changed while it was being proposed, which voids the proposal of ${draft.commit}`,
  }[cause];
  const by = spec.approval?.by;
  const approval = by === undefined ? "" : `, and the approval by ${JSON.stringify(by)}`;
  return cutReturnMessage(`${why}${approval}; review the draft, then propose it again`);
}

/** The next write removes the approval from spec: after an interruption behind it, nothing else would name it. */
async function keepVoided({ dependencies: { client }, object }: RevisionScope, voided: string): Promise<void> {
  if (object.spec.approval === undefined || object.status?.voided === voided) return;
  const { namespace, name } = object.metadata;
  await client.patchStatus(packageRevisions, { namespace, name }, { kind: "merge", body: { status: { voided } } });
}

/** A proposal whose approval is not valid waits for another one. */
export async function revokeApproval(scope: RevisionScope, blocker: Blocker): Promise<StepResult> {
  const { approval } = scope.object.spec;
  const why = blocker.reason === POLICIES_MISSING ? ", since no admission policy has checked it" : "";
  const what =
    approval === undefined ? "the request to publish" : `the approval of ${JSON.stringify(approval.by ?? "nobody")}`;
  const removed = `${what} was removed${why}`;
  return {
    object: await resetDesiredLifecycle(scope, "proposed"),
    status: { waitingFor: undefined },
    readiness: { state: "stalled", reason: "ApprovalRevoked", message: `${removed}; ${blocker.message}` },
  };
}

/** A void proposal is proposed again only by a user: the contents have changed since anyone proposed them. */
export async function resetDesiredLifecycle(
  { dependencies: { client }, object }: Pick<RevisionScope, "dependencies" | "object">,
  desired: "draft" | "proposed" = "draft",
): Promise<PackageRevision> {
  const { lifecycle = "draft" } = object.spec;
  if (lifecycle === desired) return object;
  const { namespace, name, resourceVersion } = object.metadata;
  const unproposed = { annotations: { [ANNOTATION_PROPOSED_BY]: null, [ANNOTATION_LIFECYCLE_CHANGED_BY]: null } };
  // A user who withdraws the proposal at the same moment is not overruled.
  const metadata = desired === "draft" ? unproposed : { resourceVersion };
  // One that was given at the same moment is not known yet, and must not outlive the proposal.
  const further = desired === "draft" ? { approvals: null } : withoutApprovals(object);
  const body = { metadata, spec: { lifecycle: desired, approval: null, ...further } };
  return await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
}

/** Further approvals go with the first one; the patch names them only if there are any. */
function withoutApprovals({ spec }: PackageRevision): { readonly approvals?: null } {
  return spec.approvals === undefined ? {} : { approvals: null };
}

async function recordReturn(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  returned: ProposalReturn,
): Promise<string | undefined> {
  const { object, store } = scope;
  // Recorded before an interruption that kept it out of status.
  if (draft.trailers?.lifecycle !== "proposed") return draft.commit;
  const { digest } = draft.trailers;
  const trailers = {
    ...editedAfter(draft.trailers),
    path: view.path,
    workspace: draft.workspace,
    lifecycle: "draft",
    ...(digest !== undefined && { digest }),
    ...returned,
    ...recordedEditors(draft, ...changersOf(object)),
    metadata: nextMetadata(object, prefixesOf(scope), draft.trailers.metadata),
  } as const;
  const subject = `Return ${view.path} (${draft.workspace}) to draft`;
  const request = { draft, edits: [], subject, trailers, author: lifecycleChangerOf(scope) };
  const result = await store.commit(object, prepareUnmoved(request));
  return result.kind === "aborted" ? undefined : result.commit;
}
