import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { formatAge } from "../output/age.ts";

/** A rejection before the present proposal, or of what was published since. */
export function describeRejection(rejection: PackageRevisionStatus["lastRejection"], now: number): string | undefined {
  return rejection && `${formatAge(rejection.at, now)} ago, ${rejection.message}`;
}
