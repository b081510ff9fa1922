import { isCoreGroup } from "./core-kinds.ts";
import type { PackageApis } from "./package-apis.ts";
import { hasResource, offerOf } from "./revision-apis.ts";

/** True for a package that needs something that neither Kubernetes nor the package itself may have. */
export function needsOthers(apis: PackageApis): boolean {
  return (
    apis.packages.length > 0 ||
    apis.kinds.some((need) => !isCoreGroup(need.group) && offerOf({ apis }, need) === undefined) ||
    apis.rules.some((need) => !isCoreGroup(need.group) && !hasResource({ apis }, need))
  );
}
