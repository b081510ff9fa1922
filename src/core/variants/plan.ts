import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import { LATEST_REVISION, type PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import type { Readiness } from "../conditions/conditions.ts";
import { compareRevisions } from "../identity/revision.ts";
import { type DownstreamRevision, isProposal, isPublished, type VariantObservation } from "./observation.ts";
import { resolveUpstream } from "./resolve-upstream.ts";
import { freeWorkspace, isWorkspaceOf, workspaceOf } from "./workspace.ts";

/** The next step for a variant: at most one write, after which it is planned again. */
export type VariantPlan =
  | { readonly kind: "report"; readonly readiness: Readiness }
  | { readonly kind: "adopt"; readonly revisions: readonly PackageRevision[] }
  | { readonly kind: "createDraft"; readonly workspace: string; readonly spec: Omit<PackageRevisionSpec, "lifecycle"> }
  /** Only a draft of its own that nobody has edited or proposed. */
  | { readonly kind: "deleteDraft"; readonly draft: PackageRevision };

/**
 * Decides on the next step. The downstream package is as the spec wants it if its newest revision of this variant, a
 * draft included, has a workspace of the spec and the upstream revision that the spec means now.
 * Throws `JsonTooDeepError`.
 */
export function planVariant({ variant, upstreamRevisions, downstream }: VariantObservation): VariantPlan {
  const { spec } = variant;
  const upstream = resolveUpstream(spec.upstream.revision, upstreamRevisions);
  if (upstream.kind !== "found") return report("stalled", ...describeUnresolved(spec, upstream.kind));
  const owned = downstream.filter(({ isOwned }) => isOwned);
  if (owned.length === 0 && downstream.length > 0) return planExisting(spec, downstream);
  const base = workspaceOf(spec);
  const isCurrent = ({ spec: { packageRevID, upstream: made } }: PackageRevision) =>
    isWorkspaceOf(base, packageRevID.workspace) && made?.revision === upstream.revision;
  const draft = owned.find(({ object }) => !isPublished(object));
  if (draft !== undefined) return planDraft(draft, isCurrent(draft.object));
  const published = newest(downstream);
  const own = newest(owned);
  if (own !== undefined && isCurrent(own)) {
    return report("ready", "Published", `${own.status?.revision} is made from upstream ${upstream.revision}`);
  }
  const used = new Set(downstream.map(({ object }) => object.spec.packageRevID.workspace));
  const workspace = freeWorkspace(base, upstream.revision, used);
  return { kind: "createDraft", workspace, spec: draftSpec(spec, workspace, upstream.revision, published) };
}

function planExisting(spec: PackageVariantSpec, downstream: readonly DownstreamRevision[]): VariantPlan {
  const revisions = downstream.filter(({ object }) => isPublished(object)).map(({ object }) => object);
  if (spec.adoptionPolicy === "adoptExisting" && revisions.length > 0) return { kind: "adopt", revisions };
  const [first] = downstream;
  const name = first?.object.metadata.name;
  return revisions.length === 0
    ? report("stalled", "DownstreamExists", `draft ${name} is in the downstream package: publish or delete it`)
    : report(
        "stalled",
        "DownstreamExists",
        `${name} is in the downstream package, and not this variant's: name another package in spec.downstream, or ` +
          "set spec.adoptionPolicy to adoptExisting",
      );
}

function planDraft({ object, isEdited }: DownstreamRevision, isCurrent: boolean): VariantPlan {
  const { name, deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined) return report("reconciling", "DraftDeleting", `draft ${name} is being deleted`);
  if (isCurrent) {
    return isProposal(object)
      ? report("reconciling", "ProposalPending", `${name} is proposed: it waits for its publication`)
      : report("reconciling", "DraftPending", `draft ${name} is there: propose it`);
  }
  const advice = "the variant has changed since: publish it, or delete it, and the variant makes the next draft";
  if (isProposal(object)) return report("stalled", "ProposalPending", `${name} is proposed, and ${advice}`);
  if (isEdited) return report("stalled", "DraftEdited", `draft ${name} was edited by a user, and ${advice}`);
  return { kind: "deleteDraft", draft: object };
}

function draftSpec(
  { upstream, downstream, packageContext = {}, upgradeStrategy }: PackageVariantSpec,
  workspace: string,
  revision: string,
  published: PackageRevision | undefined,
): Omit<PackageRevisionSpec, "lifecycle"> {
  const { inputs = [], readinessGates = [] } = packageContext;
  const isUpgrade = published !== undefined && madeFrom(published) !== revision;
  // Without a task, it begins from the latest published revision, as a change of inputs does.
  const task = published === undefined ? "clone" : isUpgrade ? "upgrade" : undefined;
  return {
    packageRevID: { ...downstream, workspace },
    upstream: { ...upstream, revision },
    ...(task !== undefined && { tasks: [{ type: task }] }),
    ...(isUpgrade && upgradeStrategy !== undefined && { upgradeStrategy }),
    ...(inputs.length > 0 && { inputs }),
    ...(readinessGates.length > 0 && { readinessGates }),
  };
}

function madeFrom({ spec, status }: PackageRevision): string | undefined {
  return status?.upstreamLock?.revision ?? spec.upstream?.revision;
}

function newest(revisions: readonly DownstreamRevision[]): PackageRevision | undefined {
  const published = revisions.map(({ object }) => object).filter(isPublished);
  return published.toSorted((a, b) => compareRevisions(b.status?.revision ?? "", a.status?.revision ?? ""))[0];
}

function describeUnresolved({ upstream }: PackageVariantSpec, kind: "missing" | "invalid"): [string, string] {
  const { repository, package: name, revision = LATEST_REVISION } = upstream;
  return kind === "invalid"
    ? [
        "InvalidRevision",
        `spec.upstream.revision ${JSON.stringify(revision)} is neither a revision (v3), nor latest, nor a range (^1.2.0)`,
      ]
    : [
        "UpstreamNotFound",
        `package ${JSON.stringify(name)} of Repository ${repository} has no published revision ` +
          `${JSON.stringify(revision)}: publish one, or correct spec.upstream`,
      ];
}

function report(state: Readiness["state"], reason: string, message: string): VariantPlan {
  return { kind: "report", readiness: { state, reason, message } };
}
