import { LATEST_REVISION, type PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { latestRevision } from "../identity/revision.ts";
import { revisionFilter } from "../identity/revision-range.ts";

export type ResolvedUpstream =
  | { readonly kind: "found"; readonly revision: string }
  | { readonly kind: "missing" }
  /** Neither a revision, nor `latest`, nor a range. */
  | { readonly kind: "invalid" };

/**
 * The published revision that `spec.upstream.revision` means: exact, `latest` (as without it), or the newest in a range
 * of semantic versions, in which `v3` counts as 3.0.0.
 */
export function resolveUpstream(wanted: string | undefined, published: readonly string[]): ResolvedUpstream {
  if (wanted === undefined || wanted === LATEST_REVISION) return found(latestRevision(published));
  const accepts = revisionFilter(wanted);
  return accepts === undefined ? { kind: "invalid" } : found(latestRevision(published.filter(accepts)));
}

function found(revision: string | undefined): ResolvedUpstream {
  return revision === undefined ? { kind: "missing" } : { kind: "found", revision };
}

/** The reason and the message of an upstream that was not found. */
export function upstreamProblem(
  { repository, package: name, revision = LATEST_REVISION }: PackageVariantSpec["upstream"],
  kind: "missing" | "invalid",
): [reason: string, message: string] {
  const wanted = JSON.stringify(revision);
  return kind === "invalid"
    ? [
        "InvalidRevision",
        `spec.upstream.revision ${wanted} is neither a revision (v3), nor latest, nor a range (^1.2.0)`,
      ]
    : [
        "UpstreamNotFound",
        `package ${JSON.stringify(name)} of Repository ${repository} has no published revision ${wanted}: publish one, ` +
          "or correct spec.upstream",
      ];
}
