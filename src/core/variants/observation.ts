import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { parseRevision } from "../identity/revision.ts";

/** A package revision in the downstream package of a variant, or elsewhere if it is the variant's. */
export interface DownstreamRevision {
  readonly object: PackageRevision;
  readonly isOwned: boolean;
  /** The name of another variant that it belongs to, and that exists. */
  readonly owner?: string;
  /** A user or a push has changed it since the operator created it. */
  readonly isEdited: boolean;
}

/** All that a decision about a variant depends on. */
export interface VariantObservation {
  readonly variant: PackageVariant;
  /** Absent where there is none in the namespace. */
  readonly upstreamRepository?: Repository;
  readonly downstreamRepository?: Repository;
  /** Packages of which the cluster does not show the latest revision that Git has. */
  readonly behindGit?: readonly ("upstream" | "downstream")[];
  /** The name of an older variant of the same downstream package. */
  readonly rival?: string;
  /** The numbers of the upstream's published revisions. */
  readonly upstreamRevisions: readonly string[];
  /** Those of the downstream package. */
  readonly downstream: readonly DownstreamRevision[];
  /** Those of this variant in other packages: where it was before `spec.downstream` changed. */
  readonly elsewhere: readonly DownstreamRevision[];
}

const PUBLISHED: ReadonlySet<string | undefined> = new Set(["published", "deletionProposed"]);

/** True for a revision with a number, and not for what is only approved. */
export function isPublished({ status }: PackageRevision): boolean {
  return PUBLISHED.has(status?.lifecycle) && parseRevision(status?.revision ?? "") !== undefined;
}

/** True for a proposal, and for a draft that is to become one: a reviewer may be at work on it. */
export function isProposal({ spec, status }: PackageRevision): boolean {
  return status?.lifecycle === "proposed" || (spec.lifecycle ?? "draft") !== "draft";
}

/** True for what was found in Git, and is published once the operator has read it. */
export function isDiscovered({ spec, status }: PackageRevision): boolean {
  return (status?.observedGeneration ?? -1) < 0 && PUBLISHED.has(spec.lifecycle);
}

/** Without those of which the deletion is proposed, unless the spec names one: they are no basis for others. */
export function upstreamRevisions(all: readonly PackageRevision[], wanted: string | undefined): readonly string[] {
  return all.filter(isPublished).flatMap(({ status: { revision, lifecycle } = { observedGeneration: -1 } }) => {
    return revision !== undefined && (lifecycle === "published" || revision === wanted) ? [revision] : [];
  });
}
