import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { packageKey } from "../identity/revision-key.ts";
import { isDiscovered, upstreamRevisions } from "../variants/observation.ts";
import { isSynced } from "../variants/repositories-problem.ts";
import { resolveUpstream, upstreamProblem } from "../variants/resolve-upstream.ts";
import { bindUpstream, isBound } from "./record.ts";

/** The reason while a revision cannot be known yet: the upstream is being read. */
export const REPOSITORY_NOT_READY = "RepositoryNotReady";

export type Upstream = PackageVariantSpec["upstream"];

export interface UpstreamSource {
  /** Those of the namespace. */
  readonly repositories: readonly Repository[];
  /** All package revisions of a package of the namespace. */
  readonly revisionsOf: (upstream: Upstream) => readonly PackageRevision[];
}

/** The spec bound to a revision of its upstream, or why there is none. */
export type Resolved =
  | { readonly kind: "resolved"; readonly spec: PackageVariantSpec }
  | { readonly kind: "failed"; readonly reason: string; readonly message: string };

/**
 * Binds specs to the revision that their upstream means now, so that the next one goes out in waves as well. A revision
 * that the present variant has stays a candidate: upstream may have deleted it since, and nothing goes back for that.
 */
export function upstreamResolver({ repositories, revisionsOf }: UpstreamSource) {
  const byName = new Map(repositories.map((one) => [one.metadata.name, one]));
  const known = new Map<string, readonly string[] | undefined>();
  const publishedIn = (upstream: Upstream) => {
    const key = packageKey(upstream.repository, upstream);
    if (!known.has(key)) known.set(key, readPublished(revisionsOf(upstream)));
    return known.get(key);
  };
  return (spec: PackageVariantSpec, present: PackageVariantSpec | undefined): Resolved => {
    if (isBound(spec)) return { kind: "resolved", spec };
    const { upstream } = spec;
    const repository = byName.get(upstream.repository);
    if (repository === undefined) {
      const message = `spec.upstream: no Repository ${upstream.repository} in this namespace`;
      return { kind: "failed", reason: "RepositoryNotFound", message };
    }
    const published = isSynced(repository) ? publishedIn(upstream) : undefined;
    if (published === undefined) {
      const message = `spec.upstream: Repository ${upstream.repository} is not read yet`;
      return { kind: "failed", reason: REPOSITORY_NOT_READY, message };
    }
    const found = resolveUpstream(upstream.revision, [...published, ...revisionIn(present, upstream)]);
    if (found.kind === "found") return { kind: "resolved", spec: bindUpstream(spec, found.revision) };
    const [reason, message] = upstreamProblem(upstream, found.kind);
    return { kind: "failed", reason, message };
  };
}

/** Undefined while some are being read: the latest one is not known. */
function readPublished(all: readonly PackageRevision[]): readonly string[] | undefined {
  return all.some(isDiscovered) ? undefined : upstreamRevisions(all, undefined);
}

function revisionIn(present: PackageVariantSpec | undefined, upstream: Upstream): readonly string[] {
  if (present === undefined || !isBound(present)) return [];
  const { revision, ...rest } = present.upstream;
  return packageKey(rest.repository, rest) === packageKey(upstream.repository, upstream) && revision !== undefined
    ? [revision]
    : [];
}
