import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import { parseRevision } from "../identity/revision.ts";

/** A package revision in the downstream package of a variant, or elsewhere if the variant owns it. */
export interface DownstreamRevision {
  readonly object: PackageRevision;
  /** The operator made or adopted it for this very variant. Never true because of what a user has written. */
  readonly isOwned: boolean;
  /** A user or a push has changed it since the operator created it. */
  readonly isEdited: boolean;
}

/** All that a decision about a variant depends on. */
export interface VariantObservation {
  readonly variant: PackageVariant;
  /** The numbers of the upstream's published revisions. */
  readonly upstreamRevisions: readonly string[];
  /** Those of the downstream package. */
  readonly downstream: readonly DownstreamRevision[];
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
