import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import { LABEL_LATEST } from "../../../../api/v1alpha1/well-known.ts";
import { contentDigest, type ShownPackage } from "../../../../core/files/package-file.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import { personOf } from "../../../../core/identity/person.ts";
import { unusedRevision } from "../../../../core/identity/revision.ts";
import type { DraftBranch, PublishedRef } from "../../../../core/repository/classify-ref.ts";
import type { Blocker, Observation, RevisionView } from "../../../../core/revision/observation.ts";
import { planRevision } from "../../../../core/revision/plan.ts";
import { recordedMetadataOf } from "../../../../core/revision/recorded-metadata.ts";
import { publishChange } from "../../../../storage/git/package-store/package-changes.ts";
import { isSettled } from "./api.ts";
import type { ModelProcess } from "./process.ts";
import { dropWish } from "./proposal-steps.ts";
import { describe, type Result, ready, reconciling, type Steps, withBlocker } from "./results.ts";
import { pathOf, viewOf } from "./view.ts";

export function* publishProposal(
  process: ModelProcess,
  seen: Observation,
  draft: DraftBranch,
  approved: Oid,
): Steps<Result> {
  const { object } = seen;
  const { proposal, waitingFor = [] } = object.status ?? {};
  const { approval } = object.spec;
  if (waitingFor.length > 0) return { status: { waitingFor: undefined }, readiness: reconciling("Publishing") };
  let changed = false;
  yield* process.push(object, (view) => {
    const plan = planRevision({ ...seen, view });
    if (plan.kind !== "publish" || plan.commit !== approved) return undefined;
    changed = contentDigest(process.read(plan.draft.commit, view).files) !== proposal?.digest;
    if (changed) return undefined;
    const siblings = [...process.api.stored.revisions.values()].filter((one) => pathOf(one) === view.path);
    const revision = unusedRevision(
      view.next,
      siblings.flatMap(({ status }) => status?.revision ?? []),
    );
    const trailers = {
      path: view.path,
      workspace: draft.workspace,
      lifecycle: "published",
      revision,
      ...(proposal !== undefined && { digest: proposal.digest, proposedAt: proposal.at }),
      ...(approval !== undefined && { approvedBy: approval.by }),
      metadata: recordedMetadataOf(object),
    } as const;
    return publishChange(view, {
      draft: plan.draft,
      revision,
      tagOnly: process.tagOnly,
      trailers,
      approver: personOf(approval?.by),
    });
  });
  if (changed) {
    const status = { lifecycle: "draft", proposal: undefined, waitingFor: undefined };
    return {
      object: dropWish(process, object),
      status,
      readiness: { state: "stalled", reason: "ProposalVoided", message: "" },
    };
  }
  const view = viewOf(process.mirror, object);
  if (view.found?.kind === "published") return yield* settlePublished(process, object, view, view.found);
  return { status: {}, readiness: reconciling("Publishing") };
}

export function* settlePublished(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  published: PublishedRef,
  blocker?: Blocker,
): Steps<Result> {
  yield;
  const aligned = align(process, object, view, published);
  const reason = aligned.spec.lifecycle === "deletionProposed" ? "DeletionProposed" : "Published";
  if (blocker !== undefined) return { ...withBlocker(blocker, {}, ready(reason)), status: {}, object: aligned };
  const read = process.read(published.commit, view);
  yield* settleContents(process, aligned, read, published);
  const lifecycle = aligned.spec.lifecycle === "deletionProposed" ? "deletionProposed" : "published";
  const status = {
    lifecycle,
    revision: published.revision,
    ...describe(published.commit, read),
    publishedBy:
      published.trailers?.approvedBy ??
      (aligned.status?.commit === published.commit ? aligned.status.publishedBy : undefined),
    waitingFor: undefined,
    base: undefined,
    metadataDigest: undefined,
    proposal: undefined,
  };
  return { object: aligned, status, readiness: ready(reason) };
}

function* settleContents(
  process: ModelProcess,
  object: PackageRevision,
  read: ShownPackage,
  published: PublishedRef,
): Steps<void> {
  const { lifecycle, commit, proposal, contentDigest: digest } = object.status ?? {};
  const there = process.api.contents(object.metadata.name);
  const settled = isSettled(lifecycle) && commit === published.commit;
  const proposed = proposal?.commit === published.commit && proposal.digest === digest;
  if ((settled || proposed) && there !== undefined) return;
  const note = { frozen: true, commit: published.commit };
  yield;
  if (there === undefined) return yield* process.createContents(object, read, note);
  const page = process.readContents(object) ?? there;
  const open = process.unfreeze(page);
  yield* process.rewrite(open, read, note);
}

function align(
  process: ModelProcess,
  object: PackageRevision,
  view: RevisionView,
  published: PublishedRef,
): PackageRevision {
  const isLatest = view.latest?.revision === published.revision;
  const { lifecycle, packageRevID } = object.spec;
  const spec = {
    ...(packageRevID.revision === undefined && { packageRevID: { revision: published.revision } }),
    ...(!isSettled(lifecycle) && { lifecycle: "published" }),
  };
  const relabel = (object.metadata.labels?.[LABEL_LATEST] === "true") !== isLatest;
  if (Object.keys(spec).length === 0 && !relabel) return object;
  const labels = relabel ? { [LABEL_LATEST]: isLatest ? "true" : null } : {};
  return process.api.patchRevision(object.metadata.name, { spec, labels });
}
