import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { personOf } from "../../../core/identity/person.ts";
import { unusedRevision } from "../../../core/identity/revision.ts";
import type { PreparedWrite, PublishRequest } from "../../../core/ports/package-store.ts";
import { releaseOf } from "../../../core/release/members.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { isTagOnly } from "../../../core/repository/tag-only.ts";
import { editedAfter } from "../../../core/revision/commit-trailers.ts";
import { recordedEditors } from "../../../core/revision/editor-trailers.ts";
import type { Observation, RevisionView } from "../../../core/revision/observation.ts";
import { planRevision } from "../../../core/revision/plan.ts";
import { freezeOverride } from "../../../core/revision/preconditions/freeze.ts";
import { passedGates } from "../../../core/revision/preconditions/gates.ts";
import { proposalDigest } from "../../../core/revision/proposal-digest.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import { packageKey } from "../indexes.ts";
import { withPolicyFacts } from "../policy-facts.ts";
import { repositoryKeyOf } from "../repository-of.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { type RevisionScope, uidOf } from "../scope.ts";
import { approvalRecord, NO_APPROVALS } from "./approval-status.ts";
import { resetDesiredLifecycle } from "./return-to-draft.ts";
import { returnedReady } from "./returned-draft.ts";
import type { StepResult } from "./step.ts";

/** Why a publication was prepared or not; it comes back with the result of the push. */
export type Preparation = "approved" | "superseded" | keyof typeof VOIDED;

/** Decides everything again on the present state: another publication may have come first. */
export async function preparePublication(
  scope: RevisionScope,
  draft: DraftBranch,
  approved: Oid,
  view: RevisionView,
): Promise<PreparedWrite<PublishRequest, Preparation>> {
  const { object, store, dependencies } = scope;
  const policies = dependencies.policies.stateFor(object);
  const observation = await withPolicyFacts(dependencies, store, { ...withLatest(scope), view, policies });
  const plan = planRevision(observation);
  if (plan.kind !== "publish" || plan.commit !== approved) return { kind: "abort", value: "superseded" };
  const { rule } = plan;
  const { approval } = object.spec;
  const { proposal } = object.status ?? {};
  // Which files of the commit belong to the package depends on the packages below it, and these may have changed.
  const { files } = await store.readTree(view, plan.draft.tree);
  const digest = await digestOf(files);
  // The object may have other labels and annotations by now: the tag gets what the reviewer saw.
  const { metadata: recorded } = await store.describeCommit(approved);
  const isApproved = recorded !== undefined && proposalDigest(digest, recorded.metadata) === proposal?.digest;
  if (!isApproved) return { kind: "abort", value: "contentsChanged" };
  // What the rule has looked at must be what is published.
  if (rule !== undefined && observation.review?.digest !== digest) return { kind: "abort", value: "superseded" };
  // The branch may have another base by now.
  if (!(await store.changesOnlyOwnFiles(view, plan.draft))) return { kind: "abort", value: "othersChanged" };
  const siblings = dependencies.revisions.byIndex("numbered", packageKey(object));
  const numbers = siblings.flatMap(({ status }) => status?.revision ?? []);
  const revision = unusedRevision(view.next, numbers);
  const approvals = rule === undefined ? approvalRecord(observation, proposal.digest, scope.now) : undefined;
  const release = releaseOf(object);
  const trailers = {
    path: view.path,
    workspace: draft.workspace,
    ...uidOf(object),
    lifecycle: "published",
    revision,
    digest,
    proposalDigest: proposal.digest,
    ...(proposal.by !== undefined && { proposedBy: proposal.by }),
    proposedAt: proposal.at,
    ...(approval !== undefined && { approvedBy: approval.by }),
    ...(release !== undefined && approval?.release !== undefined && { release, releaseDigest: approval.release }),
    gates: passedGates(observation),
    ...(approvals !== undefined && { approvals }),
    ...(rule !== undefined && { approvedByRule: rule, ...editedAfter(plan.draft.trailers) }),
    ...freezeTrailers(observation, proposal.digest),
    ...recordedEditors(plan.draft),
    metadata: recorded.metadata,
  } as const;
  const approver = personOf(approval?.by);
  const request = { draft: plan.draft, revision, tagOnly: isTagOnly(scope.observation.repository), trailers, approver };
  return { kind: "write", request, value: "approved" };
}

function freezeTrailers(observation: Observation, digest: string) {
  const override = observation.freeze && freezeOverride(observation, digest);
  return override && { freezeOverriddenBy: override.by, freezeOverrideReason: override.reason };
}

/**
 * A gate may have closed, or the Repository may ask for more approvals, since the observation: that was written while
 * the push waited for its turn.
 */
function withLatest({ observation, dependencies }: RevisionScope): Observation {
  const { object } = observation;
  const repository = dependencies.repositories.get(repositoryKeyOf(object));
  const latest = { ...observation, ...(repository !== undefined && { repository }) };
  const gates = dependencies.revisions.get(keyOf(object))?.status?.gates;
  if (object.status === undefined || gates === undefined) return latest;
  return { ...latest, object: { ...object, status: { ...object.status, gates } } };
}

/**
 * While `status.waitingFor` is set, the approval may be taken back: from here on it may not. Throws `ApiError` Conflict
 * if the object has changed since it was decided on.
 *
 * @param isOwn False for an object that another reconcile decided on: its version is asked for in any case.
 */
export async function closeWithdrawal(
  { dependencies: { client }, object }: RevisionScope,
  isOwn = true,
): Promise<PackageRevision> {
  if (isOwn && (object.status?.waitingFor ?? []).length === 0) return object;
  const { namespace, name, resourceVersion } = object.metadata;
  const body = { metadata: { resourceVersion }, status: { waitingFor: null } };
  return await client.patchStatus(packageRevisions, { namespace, name }, { kind: "merge", body });
}

/**
 * Requests the publication of a proposal that a rule has approved: from here on its proposer cannot withdraw it. Throws
 * `ApiError` Conflict if the object has changed since it was decided on.
 */
export async function requestPublication({
  dependencies: { client },
  object,
}: RevisionScope): Promise<PackageRevision> {
  const { namespace, name, resourceVersion } = object.metadata;
  const body = { metadata: { resourceVersion }, spec: { lifecycle: "published" } };
  return await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
}

const VOIDED = {
  contentsChanged:
    "packages below this one were added or removed since it was proposed, or its commit records other metadata: what " +
    "would be published is not what was approved; review the draft, then propose it again",
  othersChanged:
    "the proposed commit changes files that are not the package's, which were shown to no reviewer: propose it again",
} as const;

/** What would be published is not what was approved: the proposal becomes a draft again, to be reviewed. */
export async function voidProposal(scope: RevisionScope, cause: keyof typeof VOIDED): Promise<StepResult> {
  const message = VOIDED[cause];
  return {
    object: await resetDesiredLifecycle(scope),
    status: {
      lifecycle: "draft",
      proposal: undefined,
      ...NO_APPROVALS,
      release: undefined,
      waitingFor: undefined,
      voided: message,
    },
    readiness: returnedReady("ProposalVoided", message),
    again: true,
  };
}
