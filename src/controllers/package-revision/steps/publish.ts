import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { personOf } from "../../../core/identity/person.ts";
import { unusedRevision } from "../../../core/identity/revision.ts";
import type { PreparedWrite, PublishRequest } from "../../../core/ports/package-store.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { countedApprovals } from "../../../core/revision/approvals/given-approvals.ts";
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
import type { RevisionScope } from "../scope.ts";
import { approvalRecord, NO_APPROVALS } from "./approval-status.ts";
import { approverBlocker } from "./approver-rights.ts";
import { resetDesiredLifecycle } from "./return-to-draft.ts";
import { returnedReady } from "./returned-draft.ts";
import { readinessOfBlocker, resultWithBlocker, type StepResult } from "./step.ts";
import { syncPublished } from "./sync-published.ts";

/** Why a publication was prepared or not; it comes back with the result of the push. */
type Preparation = "approved" | "superseded" | "contentsChanged" | "othersChanged";

/** Publishes the approved proposal: folder on main, tag, branch deleted, in one push. Then completes its objects. */
export async function publishProposal(given: RevisionScope, draft: DraftBranch, approved: Oid): Promise<StepResult> {
  const { digest = "" } = given.object.status?.proposal ?? {};
  const approvers = countedApprovals(given.observation, digest).map(({ by }) => by);
  const denied = await approverBlocker(given, approvers);
  if (denied !== undefined) return resultWithBlocker(denied, {}, readinessOfBlocker(denied));
  const scope = { ...given, object: await closeWithdrawal(given) };
  const { object, store } = scope;
  const result = await scope.releaseWorkerWhile(async () => {
    if (!isTagOnly(scope)) await store.startMain(object);
    return await store.publish(object, (view) => preparePublication(scope, draft, approved, view));
  });
  if (result.value === "contentsChanged" || result.value === "othersChanged") {
    return await voidProposal(scope, VOIDED[result.value]);
  }
  const view = await store.observe(object);
  if (view.found?.kind === "published") return await syncPublished(scope, view, view.found);
  return {
    object,
    status: {},
    readiness: { state: "reconciling", reason: "Publishing", message: "Git has changed: reconciling again" },
    again: true,
  };
}

/** Decides everything again on the present state: another publication may have come first. */
async function preparePublication(
  scope: RevisionScope,
  draft: DraftBranch,
  approved: Oid,
  view: RevisionView,
): Promise<PreparedWrite<PublishRequest, Preparation>> {
  const { object, store, dependencies } = scope;
  const policies = dependencies.policies.stateFor(object);
  const now = dependencies.now().getTime();
  const observation = await withPolicyFacts(store, now, { ...withLatest(scope), view, policies });
  const plan = planRevision(observation);
  if (plan.kind !== "publish" || plan.commit !== approved) return { kind: "abort", value: "superseded" };
  const { approval } = object.spec;
  const { proposal } = object.status ?? {};
  // Which files of the commit belong to the package depends on the packages below it, and these may have changed.
  const { files } = await store.readTree(view, plan.draft.tree);
  const digest = await digestOf(files);
  // The object may have other labels and annotations by now: the tag gets what the reviewer saw.
  const { metadata: recorded } = await store.describeCommit(approved);
  const isApproved = recorded !== undefined && proposalDigest(digest, recorded.metadata) === proposal?.digest;
  if (!isApproved) return { kind: "abort", value: "contentsChanged" };
  // The branch may have another base by now.
  if (!(await store.changesOnlyOwnFiles(view, plan.draft))) return { kind: "abort", value: "othersChanged" };
  const siblings = dependencies.revisions.byIndex("numbered", packageKey(object));
  const numbers = siblings.flatMap(({ status }) => status?.revision ?? []);
  const revision = unusedRevision(view.next, numbers);
  const approvals = approvalRecord(observation, proposal.digest, scope.now);
  const trailers = {
    path: view.path,
    workspace: draft.workspace,
    lifecycle: "published",
    revision,
    digest,
    proposalDigest: proposal.digest,
    ...(proposal.by !== undefined && { proposedBy: proposal.by }),
    proposedAt: proposal.at,
    ...(approval !== undefined && { approvedBy: approval.by }),
    gates: passedGates(observation),
    ...(approvals !== undefined && { approvals }),
    ...freezeTrailers(observation, proposal.digest),
    ...recordedEditors(plan.draft),
    metadata: recorded.metadata,
  } as const;
  const approver = personOf(approval?.by);
  const request = { draft: plan.draft, revision, tagOnly: isTagOnly(scope), trailers, approver };
  return { kind: "write", request, value: "approved" };
}

function freezeTrailers(observation: Observation, digest: string) {
  const override = observation.freeze && freezeOverride(observation, digest);
  return override && { freezeOverriddenBy: override.by, freezeOverrideReason: override.reason };
}

function isTagOnly({ observation }: RevisionScope): boolean {
  return observation.repository?.spec.publish === "tagOnly";
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
 */
async function closeWithdrawal({ dependencies: { client }, object }: RevisionScope): Promise<PackageRevision> {
  if ((object.status?.waitingFor ?? []).length === 0) return object;
  const { namespace, name, resourceVersion } = object.metadata;
  const body = { metadata: { resourceVersion }, status: { waitingFor: null } };
  return await client.patchStatus(packageRevisions, { namespace, name }, { kind: "merge", body });
}

const VOIDED = {
  contentsChanged:
    "packages below this one were added or removed since it was proposed, or its commit records other metadata: what " +
    "would be published is not what was approved; review the draft, then propose it again",
  othersChanged:
    "the proposed commit changes files that are not the package's, which were shown to no reviewer: propose it again",
} as const;

/** What would be published is not what was approved: the proposal becomes a draft again, to be reviewed. */
async function voidProposal(scope: RevisionScope, message: string): Promise<StepResult> {
  return {
    object: await resetDesiredLifecycle(scope),
    status: { lifecycle: "draft", proposal: undefined, ...NO_APPROVALS, waitingFor: undefined, voided: message },
    readiness: returnedReady("ProposalVoided", message),
    again: true,
  };
}
