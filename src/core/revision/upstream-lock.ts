import type { PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { UpstreamLock } from "../../api/v1alpha1/package-revision-status.ts";
import type { RecordedMetadata } from "./recorded-metadata.ts";

type Upstream = NonNullable<PackageRevisionSpec["upstream"]>;

/** A lock that names its package. */
export type NamedLock = UpstreamLock & Pick<Upstream, "repository" | "target" | "realm" | "package">;

/** The lock of contents that are those of a package at a commit. */
export function lockOf(
  { repository, target, realm, package: name }: Upstream,
  taken: Pick<UpstreamLock, "revision" | "commit" | "digest">,
): NamedLock {
  return {
    repository,
    ...(target !== undefined && { target }),
    ...(realm !== undefined && { realm }),
    package: name,
    ...taken,
  };
}

/**
 * What the contents of a revision were cloned from, or upgraded to, last. Earlier versions recorded no package: it is
 * that of spec.upstream. Undefined if nothing is recorded.
 */
export function recordedLock(metadata: RecordedMetadata | undefined): NamedLock | undefined {
  const { upstreamLock: lock, spec } = metadata ?? {};
  if (lock === undefined) return undefined;
  const { revision, commit, digest, repository, target, realm, package: name } = lock;
  const taken = { revision, commit, digest };
  if (repository === undefined || name === undefined) {
    return spec?.upstream === undefined ? undefined : lockOf(spec.upstream, taken);
  }
  const id = { ...(target !== undefined && { target }), ...(realm !== undefined && { realm }) };
  return lockOf({ repository, ...id, package: name }, taken);
}

/** The upstream of a lock, at its revision. */
export function upstreamOf({ commit: _commit, digest: _digest, ...upstream }: NamedLock): Upstream {
  return upstream;
}
