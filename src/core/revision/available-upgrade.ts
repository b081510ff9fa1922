import { MAIN_REVISION } from "../../api/v1alpha1/package-identity.ts";
import { compareRevisions } from "../identity/revision.ts";
import type { PublishedRef } from "../repository/classify-ref.ts";
import type { NamedLock } from "./upstream-lock.ts";

/**
 * The revision that a package made from the lock could be upgraded to: the latest one of its upstream, if that is a
 * later one. Undefined if there is none.
 */
export function availableUpgrade(
  lock: Pick<NamedLock, "revision" | "commit">,
  latest: Pick<PublishedRef, "revision" | "commit"> | undefined,
): string | undefined {
  if (latest === undefined || latest.commit === lock.commit) return undefined;
  // What main had is in the latest revision, or is later: nobody knows without its history.
  if (lock.revision === MAIN_REVISION) return undefined;
  return compareRevisions(latest.revision, lock.revision) > 0 ? latest.revision : undefined;
}
