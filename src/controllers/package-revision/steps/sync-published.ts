import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_LIFECYCLE_CHANGED_BY, ANNOTATION_SHOW_CONTENTS } from "../../../api/v1alpha1/well-known.ts";
import { timestamp } from "../../../core/identity/timestamp.ts";
import type { PublishedRef } from "../../../core/repository/classify-ref.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import type { RevisionScope } from "../scope.ts";
import { provenanceOf } from "./commit-status.ts";
import { latestLabelPatch } from "./latest-label.ts";
import { syncPublishedContents } from "./published-contents.ts";
import { NOT_RETURNED } from "./returned-draft.ts";
import { resultWithBlocker, type StepResult } from "./step.ts";

/** Makes object, contents and status agree with the tag, which alone decides what is published. */
export async function syncPublished(
  scope: RevisionScope,
  view: RevisionView,
  published: PublishedRef,
  blocker?: Blocker,
): Promise<StepResult> {
  // The report made while it was a draft stays in status: the files never change again.
  scope.dependencies.checks.forget(keyOf(scope.object));
  scope.dependencies.targets.forget(keyOf(scope.object));
  scope.dependencies.data.forget(keyOf(scope.object));
  scope.dependencies.needs.forget(keyOf(scope.object));
  const object = await alignObject(scope, view, published);
  // A moved tag: the published state stays as it is shown.
  if (blocker !== undefined) {
    return { object, ...resultWithBlocker(blocker, {}, publishedReady(object, published, true)), status: {} };
  }
  const { digest, files, size, kept } = await syncPublishedContents(scope, view, published);
  const { trailers, time } = published;
  return {
    object,
    status: {
      lifecycle: object.spec.lifecycle === "deletionProposed" ? "deletionProposed" : "published",
      waitingFor: undefined,
      deletionProposal: deletionProposalOf(scope, object),
      revision: published.revision,
      commit: published.commit,
      contentDigest: digest,
      files,
      contentsSize: size,
      contents: kept ? undefined : "GitOnly",
      upstreamLock: trailers?.metadata.upstreamLock,
      publishedBy: trailers?.approvedBy,
      publishedByRule: trailers?.approvedByRule?.rule.name,
      requiredApprovals: trailers?.approvals?.required,
      approvals: trailers?.approvals?.given,
      provenance: provenanceOf(published),
      publishTimestamp: time === undefined ? undefined : timestamp(new Date(time * 1000)),
      base: undefined,
      metadataDigest: undefined,
      proposal: undefined,
      release: undefined,
      attribution: undefined,
      edited: undefined,
      rendering: undefined,
      validation: undefined,
      changes: undefined,
      dependencies: undefined,
      scheduled: undefined,
      ...NOT_RETURNED,
    },
    readiness: publishedReady(object, published, kept),
  };
}

/**
 * Sets the parts of the object that the operator owns: the revision, once; the latest label; a lifecycle that Git
 * decided.
 */
async function alignObject(
  { object, dependencies: { client } }: RevisionScope,
  view: RevisionView,
  published: PublishedRef,
): Promise<PackageRevision> {
  const { namespace, name } = object.metadata;
  const { lifecycle, packageRevID } = object.spec;
  const spec = {
    ...(packageRevID.revision === undefined && { packageRevID: { revision: published.revision } }),
    ...(lifecycle !== "published" && lifecycle !== "deletionProposed" && { lifecycle: "published" }),
  };
  const label = latestLabelPatch(object, view.latest?.revision === published.revision);
  if (Object.keys(spec).length === 0 && label === undefined) return object;
  const body = { ...label, spec };
  return await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
}

/** What admission compares with the user who deletes: it sees neither the Repository nor earlier requests. */
function deletionProposalOf(
  { observation: { repository } }: RevisionScope,
  { metadata, spec }: PackageRevision,
): PackageRevisionStatus["deletionProposal"] {
  if (spec.lifecycle !== "deletionProposed") return undefined;
  const by = metadata.annotations?.[ANNOTATION_LIFECYCLE_CHANGED_BY];
  const isKnown = by !== undefined && by !== "";
  return { ...(isKnown && { by }), fourEyes: repository?.spec.approval?.fourEyes === true };
}

function publishedReady(object: PackageRevision, published: PublishedRef, kept: boolean): StepResult["readiness"] {
  const where = kept
    ? ""
    : "; its files are in Git alone (spec.contents of the Repository): annotate it with " +
      `${ANNOTATION_SHOW_CONTENTS}=true to see them here`;
  const tag = `${published.ref.slice("refs/tags/".length)}${where}`;
  return object.spec.lifecycle === "deletionProposed"
    ? { state: "ready", reason: "DeletionProposed", message: `tag ${tag}; an approver may delete it` }
    : { state: "ready", reason: "Published", message: `tag ${tag}` };
}
