import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { formatCount } from "../conditions/count.ts";
import { compareRevisions } from "../identity/revision.ts";
import { packageKey } from "../identity/revision-key.ts";
import { draftSpec, taskFor } from "./draft-spec.ts";
import { type DownstreamRevision, isDiscovered, isPublished, type VariantObservation } from "./observation.ts";
import { variantNameOf } from "./ownership.ts";
import { describeDraft, isReplaceable } from "./plan-draft.ts";
import { report, type VariantReport } from "./report.ts";
import { repositoriesProblem } from "./repositories-problem.ts";
import { resolveUpstream, upstreamProblem } from "./resolve-upstream.ts";
import { freeWorkspace, isWorkspaceMadeFor, workspaceOf } from "./workspace.ts";

/** The next step for a variant, after which it is planned again. */
export type VariantPlan = { readonly upstreamRevision?: string } & (
  | VariantReport
  | { readonly kind: "adopt"; readonly revisions: readonly PackageRevision[] }
  | {
      readonly kind: "createDraft";
      readonly workspace: string;
      readonly spec: Omit<PackageRevisionSpec, "lifecycle" | "approval">;
    }
  /** Only a draft of its own that nobody has edited or proposed. */
  | { readonly kind: "deleteDraft"; readonly draft: PackageRevision }
  /** Published revisions of its former package, after the present one is published. */
  | { readonly kind: "retire"; readonly revisions: readonly PackageRevision[] }
);

/**
 * Decides on the next step. The downstream package is as the spec wants it if its newest revision of this variant, a
 * draft included, has a workspace of the spec and the upstream revision that the spec means now.
 * Throws `JsonTooDeepError`.
 */
export function planVariant(observation: VariantObservation): VariantPlan {
  const { variant, downstream, elsewhere } = observation;
  const { spec } = variant;
  const problem = sourceProblem(spec) ?? rivalProblem(observation) ?? repositoriesProblem(observation);
  if (problem !== undefined) return problem;
  // What it is has still to be read, and it may be the newest.
  if (downstream.some(({ object }) => isDiscovered(object))) {
    return report("reconciling", "RepositoryNotReady", "the revisions of the downstream package are being read");
  }
  const base = workspaceOf(spec);
  const owned = downstream.filter((one) => one.isOwned || isMadeBefore(spec, one));
  const newestOwn = newest(owned);
  const upstream = resolveUpstream(spec.upstream.revision, [
    ...observation.upstreamRevisions,
    ...revisionsMadeFrom(spec, newestOwn),
  ]);
  if (upstream.kind !== "found") return report("stalled", ...upstreamProblem(spec.upstream, upstream.kind));
  const plan = planDownstream(observation, owned, { base, revision: upstream.revision });
  const isPublishedNow = plan.kind === "report" && plan.readiness.reason === "Published";
  return { ...(isPublishedNow ? planElsewhere(elsewhere, plan) : plan), upstreamRevision: upstream.revision };
}

function planDownstream(
  { variant: { spec }, downstream, elsewhere }: VariantObservation,
  owned: readonly DownstreamRevision[],
  { base, revision }: { readonly base: string; readonly revision: string },
): VariantPlan {
  const unmarked = owned.filter(({ isOwned }) => !isOwned).map(({ object }) => object);
  if (unmarked.length > 0) return { kind: "adopt", revisions: unmarked };
  if (owned.length === 0 && downstream.length > 0) return planExisting(spec, downstream);
  const isCurrent = ({ spec: { packageRevID, upstream: made } }: PackageRevision) =>
    made?.revision === revision && isWorkspaceMadeFor(spec, packageRevID.workspace, revision);
  const drafts = owned.filter(({ object }) => !isPublished(object));
  const current = drafts.findLast(({ object }) => isCurrent(object));
  const superfluous = [...drafts.filter((one) => one !== current), ...draftsIn(elsewhere)].find(isReplaceable);
  if (superfluous !== undefined) return { kind: "deleteDraft", draft: superfluous.object };
  const shown = current ?? drafts[0];
  if (shown !== undefined) return describeDraft(shown.object, current !== undefined);
  const own = newest(owned);
  if (own !== undefined && isCurrent(own)) {
    return report("ready", "Published", `${own.status?.revision} is made from upstream ${revision}`);
  }
  const published = newest(downstream);
  const task = taskFor(spec, revision, published);
  if (task === "unknown") return report("stalled", ...describeUnknown(published));
  const workspace = freeWorkspace(base, revision, new Set(downstream.map(({ object }) => workspaceIn(object))));
  return { kind: "createDraft", workspace, spec: draftSpec(spec, { workspace, revision, task }) };
}

/**
 * The upstream revision that a published one of this spec was made from. Upstream may have deleted it since: that makes
 * no draft with an earlier one.
 */
function revisionsMadeFrom({ upstream }: PackageVariantSpec, own: PackageRevision | undefined): readonly string[] {
  const made = own?.spec.upstream;
  const isSame =
    made?.repository === upstream.repository &&
    made.package === upstream.package &&
    made.realm === upstream.realm &&
    made.target === upstream.target;
  return isSame && made.revision !== undefined ? [made.revision] : [];
}

/**
 * True for a revision that the operator made for exactly this spec, of whatever revision of the upstream, and that
 * belongs to no variant: the cluster was lost, and its objects were made again from Git.
 */
function isMadeBefore(spec: PackageVariantSpec, { object }: DownstreamRevision): boolean {
  return (
    object.status?.lifecycle !== undefined &&
    variantNameOf(object) === undefined &&
    object.status?.provenance === "Operator" &&
    isWorkspaceMadeFor(spec, workspaceIn(object), object.spec.upstream?.revision)
  );
}

/** Each publication of such a variant would be a newer revision of its upstream, and so make the next draft. */
function sourceProblem({ upstream, downstream }: PackageVariantSpec): VariantReport | undefined {
  if (packageKey(upstream.repository, upstream) !== packageKey(downstream.repository, downstream)) return undefined;
  const message = "spec.upstream and spec.downstream are the same package: name another one in either";
  return report("stalled", "UpstreamIsDownstream", message);
}

/**
 * Of two variants of one package the one whose revisions are in it has it, whenever the other one came to name it. Of
 * two with revisions in it, or none, the older one.
 */
function rivalProblem({ rival, downstream }: VariantObservation): VariantReport | undefined {
  const other = downstream.find((one) => one.owner !== undefined)?.owner;
  const hasIt = other === undefined && downstream.some(({ isOwned }) => isOwned);
  const owner = rival ?? other;
  if (owner === undefined || hasIt) return undefined;
  const message = `PackageVariant ${owner} has the downstream package: name another one in spec.downstream`;
  return report("stalled", "DownstreamTaken", message);
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

/** What is left in the package where the variant was before. */
function planElsewhere(elsewhere: readonly DownstreamRevision[], done: VariantReport): VariantPlan {
  const revisions = elsewhere.map(({ object }) => object).filter(isPublished);
  if (revisions.length > 0) return { kind: "retire", revisions };
  const kept = draftsIn(elsewhere);
  if (kept.length === 0) return done;
  const { readiness } = done;
  const what = formatCount(kept.length, "draft or proposal", "drafts or proposals");
  const message =
    `${readiness.message}; ${what} of its former package stay, which users have edited or proposed, such as ` +
    `${kept[0]?.object.metadata.name}: delete or publish them`;
  return { ...done, readiness: { ...readiness, message } };
}

function draftsIn(revisions: readonly DownstreamRevision[]): readonly DownstreamRevision[] {
  return revisions.filter(({ object }) => !isPublished(object) && !isDiscovered(object));
}

function newest(revisions: readonly DownstreamRevision[]): PackageRevision | undefined {
  const published = revisions.map(({ object }) => object).filter(isPublished);
  return published.toSorted((a, b) => compareRevisions(b.status?.revision ?? "", a.status?.revision ?? ""))[0];
}

function workspaceIn({ spec }: PackageRevision): string {
  return spec.packageRevID.workspace;
}

function describeUnknown(published: PackageRevision | undefined): [string, string] {
  const message =
    `it is not recorded what ${published?.metadata.name} was made from, so that its local changes are not known: set ` +
    "spec.upgradeStrategy to replace, which takes the upstream as it is, or publish a clone of spec.upstream with the " +
    "changes, once";
  return ["UpstreamUnknown", message];
}
