import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_LIFECYCLE_CHANGED_BY, ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { recordedEditors } from "../../../core/revision/commit-trailers.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import type { ReturnCause } from "../../../core/revision/plan.ts";
import { metadataDigest, nextMetadata } from "../../../core/revision/recorded-metadata.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import { changersOf, lifecycleChangerOf, prefixesOf, type RevisionScope } from "../scope.ts";
import { prepareUnmoved } from "./commit-edits.ts";
import { cutReturnMessage, NOT_RETURNED, returnedReady } from "./returned-draft.ts";
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
  const object = cause === "requested" ? scope.object : await resetDesiredLifecycle(scope);
  const commit =
    cause === "branchMoved" ? object.status?.commit : await recordReturn({ ...scope, object }, view, draft);
  if (commit === undefined) return reconcileAgain();
  const pages = await contents.read(object, scope.admit);
  // The proposal is acknowledged already. After an interruption right behind this write, pages may have been edited.
  await contents.updatePageStatus(object, pages, { frozen: false, commit }, UNACKNOWLEDGED);
  if (cause === "requested") reportTakenBack(scope);
  const branch = draft.ref.slice("refs/heads/".length);
  const proposal = object.status?.proposal;
  const why = {
    requested: undefined,
    branchMoved: `commit ${draft.commit}, pushed to ${draft.ref} from outside, voids the proposal of ${proposal?.commit}`,
    proposerChanged: `it was withdrawn, and proposed again by another user, which voids the proposal of ${proposal?.by}`,
    withdrawn: `it was withdrawn with commit ${draft.commit} before it was approved, which voids the proposal`,
    specChanged: `spec changed while it was being proposed, which voids the proposal of ${draft.commit}`,
  }[cause];
  const voided = why && describeVoided(why, scope.object);
  return {
    object,
    status: {
      lifecycle: "draft",
      commit,
      ...(cause !== "branchMoved" && { provenance: "Operator" }),
      metadataDigest: metadataDigest(object, prefixesOf(scope)),
      proposal: undefined,
      waitingFor: undefined,
      ...NOT_RETURNED,
      voided,
    },
    readiness:
      voided === undefined
        ? { state: "ready", reason: "Draft", message: `branch ${branch}` }
        : returnedReady("ProposalVoided", voided),
    again: true,
  };
}

function describeVoided(why: string, { spec }: PackageRevision): string {
  const by = spec.approval?.by;
  const approval = by === undefined ? "" : `, and the approval by ${JSON.stringify(by)}`;
  return cutReturnMessage(`${why}${approval}; review the draft, then propose it again`);
}

/** An Event: the record of the proposal goes, and the proposer wants to know who rejected it. */
function reportTakenBack({ object, dependencies: { events } }: RevisionScope): void {
  const by = object.metadata.annotations?.[ANNOTATION_LIFECYCLE_CHANGED_BY];
  const proposer = object.status?.proposal?.by;
  const of = proposer === undefined ? "" : ` of ${JSON.stringify(proposer)}`;
  const isRejected = by !== undefined && by !== proposer;
  const note =
    by === undefined
      ? `the proposal${of} was withdrawn or rejected; by whom is not known`
      : isRejected
        ? `${JSON.stringify(by)} rejected the proposal${of}`
        : `${JSON.stringify(by)} withdrew the proposal`;
  const reason = isRejected ? "ProposalRejected" : "ProposalWithdrawn";
  events.record(object, { type: "Normal", reason, action: "ReturnToDraft", note });
}

/** A proposal whose approval is not valid waits for another one. */
export async function revokeApproval(scope: RevisionScope, blocker: Blocker): Promise<StepResult> {
  const { by = "nobody" } = scope.object.spec.approval ?? {};
  const removed = `the approval of ${JSON.stringify(by)} was removed, since no admission policy has checked it`;
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
  const body = { metadata, spec: { lifecycle: desired, approval: null } };
  return await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
}

async function recordReturn(scope: RevisionScope, view: RevisionView, draft: DraftBranch): Promise<string | undefined> {
  const { object, store } = scope;
  // Recorded before an interruption that kept it out of status.
  if (draft.trailers?.lifecycle !== "proposed") return draft.commit;
  const { digest } = draft.trailers;
  const trailers = {
    path: view.path,
    workspace: draft.workspace,
    lifecycle: "draft",
    ...(digest !== undefined && { digest }),
    ...recordedEditors(draft, ...changersOf(object)),
    metadata: nextMetadata(object, prefixesOf(scope), draft.trailers.metadata),
  } as const;
  const subject = `Return ${view.path} (${draft.workspace}) to draft`;
  const request = { draft, edits: [], subject, trailers, author: lifecycleChangerOf(scope) };
  const result = await store.commit(object, prepareUnmoved(request));
  return result.kind === "aborted" ? undefined : result.commit;
}
