import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { locationOf, type PackageLocation } from "../../core/identity/location.ts";

/** Where the package of a revision is in its Repository. */
export function locationIn({ spec }: PackageRevision, repository: Repository): PackageLocation {
  return locationOf(spec.packageRevID, { directory: "", deployment: repository.spec.deployment === true });
}
