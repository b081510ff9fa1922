import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_SHOW_CONTENTS, LABEL_LATEST } from "../../../api/v1alpha1/well-known.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { personOf } from "../../../core/identity/person.ts";
import { unusedRevision } from "../../../core/identity/revision.ts";
import type { DraftBranch, PublishedRef } from "../../../core/repository/classify-ref.ts";
import { recordedMetadataOf } from "../../../core/revision/commit-trailers.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import { planRevision } from "../../../core/revision/plan.ts";
import { observeGit } from "../../../storage/git/package-store/observe-revision.ts";
import { publishChange } from "../../../storage/git/package-store/package-changes.ts";
import { timestamp } from "../../shared/context.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import type { PackageRevisionContext } from "../context.ts";
import { packageKey } from "../indexes.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import { pushPlanned, type RevisionScope, readTree, type StepResult } from "../scope.ts";
import { resultWithBlocker } from "./blocked-result.ts";
import { resetDesiredLifecycle } from "./keep-proposed.ts";
import { settleContents } from "./published-contents.ts";

/** Publishes what was approved: folder on main, tag, branch gone, in one push; then settles what is published. */
export async function publishProposal(given: RevisionScope, draft: DraftBranch, approved: Oid): Promise<StepResult> {
  const session = { ...given, object: await closeWithdrawal(given) };
  const { object, observation, state } = session;
  const { approval } = object.spec;
  const { proposal } = object.status ?? {};
  const tagOnly = observation.repository?.spec.publish === "tagOnly";
  let changed = false;
  const planned = async (view: RevisionView) => {
    // Everything is decided again on what Git is now: another publication may have come first.
    const plan = planRevision({ ...observation, view });
    if (plan.kind !== "publish" || plan.commit !== approved) return undefined;
    // Which files of the commit are the package's depends on what other packages lie below it, and that may have changed.
    const { files } = await readTree(session, view, plan.draft.tree);
    changed = (await digestOf(files)) !== proposal?.digest;
    if (changed) return undefined;
    const numbered = session.context.revisions.byIndex("numbered", packageKey(object));
    const revision = unusedRevision(
      view.next,
      numbered.flatMap(({ status }) => status?.revision ?? []),
    );
    const trailers = {
      path: view.path,
      workspace: draft.workspace,
      lifecycle: "published",
      revision,
      ...(proposal !== undefined && { digest: proposal.digest }),
      ...(proposal?.by !== undefined && { proposedBy: proposal.by }),
      ...(proposal !== undefined && { proposedAt: proposal.at }),
      ...(approval !== undefined && { approvedBy: approval.by }),
      metadata: recordedMetadataOf(object),
    } as const;
    return publishChange(view, plan.draft, revision, { tagOnly, trailers, approver: personOf(approval?.by) });
  };
  await session.releaseWorkerWhile(() => pushPlanned(session, "publish", planned));
  if (changed) return voidProposal(await resetDesiredLifecycle(session));
  const view = await observeGit(state, object);
  if (view.found?.kind === "published") return await syncPublished(session, view, view.found);
  return {
    object,
    status: {},
    readiness: { state: "reconciling", reason: "Publishing", message: "Git has moved: looking again" },
    again: true,
  };
}

/**
 * While status says that it waits, the wish may be taken back: not any more from here on. Throws `ApiError` Conflict where the
 * object is not what was decided on any more.
 */
async function closeWithdrawal({ context, object }: RevisionScope): Promise<PackageRevision> {
  if ((object.status?.waitingFor ?? []).length === 0) return object;
  const { namespace, name, resourceVersion } = object.metadata;
  const body = { metadata: { resourceVersion }, status: { waitingFor: null } };
  return await context.client.patchStatus(packageRevisions, { namespace, name }, { kind: "merge", body });
}

/** What was approved is not what would be published: it is a draft again, for somebody to look at. */
function voidProposal(object: PackageRevision): StepResult {
  const message =
    "packages below this one came or went since it was proposed, so that it has other files than were approved";
  return {
    object,
    status: { lifecycle: "draft", proposal: undefined, waitingFor: undefined },
    readiness: { state: "stalled", reason: "ProposalVoided", message },
    again: true,
  };
}

/** Makes object, contents and status say what is published. The tag alone decides what that is. */
export async function syncPublished(
  session: RevisionScope,
  view: RevisionView,
  published: PublishedRef,
  blocker?: Blocker,
): Promise<StepResult> {
  const object = await alignObject(session, view, published);
  // A moved tag: what was published stays as it is shown.
  if (blocker !== undefined)
    return { object, ...resultWithBlocker(blocker, {}, readyAs(object, published, true)), status: {} };
  const { digest, files, size, kept } = await settleContents(session, view, published);
  const { trailers, time } = published;
  const isAsBefore = object.status?.commit === published.commit;
  return {
    object,
    status: {
      lifecycle: object.spec.lifecycle === "deletionProposed" ? "deletionProposed" : "published",
      waitingFor: undefined,
      revision: published.revision,
      commit: published.commit,
      contentDigest: digest,
      files,
      contentsSize: size,
      contents: kept ? undefined : "GitOnly",
      upstreamLock: object.status?.upstreamLock ?? trailers?.metadata.upstreamLock,
      // A tag that others put back need not say who approved.
      publishedBy: trailers?.approvedBy ?? (isAsBefore ? object.status?.publishedBy : undefined),
      publishTimestamp: time === undefined ? undefined : timestamp(new Date(time * 1000)),
      base: undefined,
      metadataDigest: undefined,
      proposal: undefined,
    },
    readiness: readyAs(object, published, kept),
  };
}

/** The parts of the object that are the operator's: the revision, once; the label of the latest; and what Git decided. */
async function alignObject(
  session: RevisionScope,
  view: RevisionView,
  published: PublishedRef,
): Promise<PackageRevision> {
  const { object, context } = session;
  const { namespace, name } = object.metadata;
  const lifecycle = object.spec.lifecycle;
  const spec = {
    ...(object.spec.packageRevID.revision === undefined && { packageRevID: { revision: published.revision } }),
    ...(lifecycle !== "published" && lifecycle !== "deletionProposed" && { lifecycle: "published" }),
  };
  const relabel = relabelLatest(object, view.latest?.revision === published.revision);
  if (Object.keys(spec).length === 0 && relabel === undefined) return object;
  const body = { ...relabel, spec };
  return await context.client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
}

/** The label that tells the latest revision of a package from the others. */
export async function labelLatest(
  operator: PackageRevisionContext,
  object: PackageRevision,
  isLatest: boolean,
): Promise<PackageRevision> {
  const { namespace, name } = object.metadata;
  const body = relabelLatest(object, isLatest);
  if (body === undefined) return object;
  return await operator.client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
}

/** The merge patch that makes the label right; undefined if it is. */
function relabelLatest({ metadata: { labels } }: PackageRevision, isLatest: boolean): object | undefined {
  if ((labels?.[LABEL_LATEST] === "true") === isLatest) return undefined;
  return { metadata: { labels: { [LABEL_LATEST]: isLatest ? "true" : null } } };
}

function readyAs(object: PackageRevision, published: PublishedRef, kept: boolean): StepResult["readiness"] {
  const where = kept
    ? ""
    : `; its files are in Git alone (spec.contents of the Repository): annotate it with ${ANNOTATION_SHOW_CONTENTS}=true to see them here`;
  const tag = `${published.ref.slice("refs/tags/".length)}${where}`;
  return object.spec.lifecycle === "deletionProposed"
    ? { state: "ready", reason: "DeletionProposed", message: `tag ${tag}; an approver may delete it` }
    : { state: "ready", reason: "Published", message: `tag ${tag}` };
}
