import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import { locationOf, packagePath } from "../../../../core/identity/location.ts";

export const LAYOUT = { directory: "", deployment: false } as const;

/** The packages that there may be. */
export const PATHS = ["a", "b", "a/sub"] as const;

/** The folder of a package revision's package. */
export function pathOf(object: Pick<PackageRevision, "spec">): string {
  return packagePath(LAYOUT, locationOf(object.spec.packageRevID, LAYOUT));
}
