import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { RevisionDependencies } from "./dependencies.ts";

/** The key of the Repository that a package revision belongs to: `namespace/name`. */
export function repositoryKeyOf({ metadata, spec }: PackageRevision): string {
  return `${metadata.namespace}/${spec.packageRevID.repository}`;
}

/**
 * Whether every change of a draft must name its user. So it is until its Repository is known, which may be created
 * after it: changes without a name before that would be unknown later.
 */
export function requiresAttribution(
  { repositories }: Pick<RevisionDependencies, "repositories">,
  object: PackageRevision,
): boolean {
  const repository = repositories.get(repositoryKeyOf(object));
  return repository === undefined || repository.spec.approval?.fourEyes === true;
}
