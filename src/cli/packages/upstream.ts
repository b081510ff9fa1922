import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import { type NamedLock, recordedLock } from "../../core/revision/upstream-lock.ts";

/** A published package revision as the source of another one. */
export function refTo({ spec, status }: PackageRevision): NonNullable<PackageRevisionSpec["upstream"]> {
  const { target, repository, realm, package: name } = spec.packageRevID;
  const revision = status?.revision;
  return {
    ...(target !== undefined && { target }),
    repository,
    ...(realm !== undefined && { realm }),
    package: name,
    ...(revision !== undefined && { revision }),
  };
}

/** What a package revision was cloned from, or upgraded to, last; undefined if that is not recorded. */
export function currentUpstream({ spec, status }: Pick<PackageRevision, "spec" | "status">): NamedLock | undefined {
  return recordedLock({ spec, ...(status?.upstreamLock !== undefined && { upstreamLock: status.upstreamLock }) });
}

/** Its upstream: as recorded, else as spec has it. */
export function sourceOf(revision: Pick<PackageRevision, "spec" | "status">): PackageRevisionSpec["upstream"] {
  return currentUpstream(revision) ?? revision.spec.upstream;
}

/** Its package as commands name it: `catalog/web/storefront`, or `edge1/web/storefront`. */
export function upstreamName({
  repository,
  target,
  realm,
  package: name,
}: Omit<NamedLock, "revision" | "commit" | "digest">): string {
  return [target ?? repository, realm, name].filter((part) => part !== undefined).join("/");
}
