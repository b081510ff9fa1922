import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import {
  ANNOTATION_BOUND_CREDENTIALS,
  ANNOTATION_CONFIRM_HISTORY,
  ANNOTATION_LIST_SKIPPED,
  ANNOTATION_SYNC,
} from "../../api/v1alpha1/well-known.ts";

const REQUESTS = [ANNOTATION_SYNC, ANNOTATION_CONFIRM_HISTORY, ANNOTATION_BOUND_CREDENTIALS, ANNOTATION_LIST_SKIPPED];

/**
 * True if the user changed the spec, deleted the object, or requested something by annotation. Our own status patches
 * must not trigger a reconcile: each would contact the remote again.
 */
export function specOrRequestChanged(next: Repository, previous: Repository): boolean {
  return (
    specChanged(next, previous) ||
    next.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp ||
    REQUESTS.some((name) => next.metadata.annotations?.[name] !== previous.metadata.annotations?.[name])
  );
}

/** True if the object is new, was recreated, or its spec changed. */
export function specChanged(next: Repository | undefined, previous: Repository | undefined): boolean {
  return next?.metadata.uid !== previous?.metadata.uid || next?.metadata.generation !== previous?.metadata.generation;
}

/** True if the sync that the user requested by annotation has been carried out. */
export function syncRequestHandled(next: Repository, previous: Repository): boolean {
  return next.status?.lastHandledSyncRequest !== previous.status?.lastHandledSyncRequest;
}

const BLOCKED_BY_OTHERS: ReadonlySet<string> = new Set(["RepositoryOverlap", "TooManyRepositories"]);

/** True if the object is blocked by other Repositories, whose deletion or change may unblock it. */
export function isBlockedByOthers({ status }: Repository): boolean {
  return status?.conditions?.some(({ reason }) => BLOCKED_BY_OTHERS.has(reason)) ?? false;
}

/** True if the counts in the Repository's status, or the budget for contents, depend on this change. */
export function countsChanged(next: PackageRevision | undefined, previous: PackageRevision | undefined): boolean {
  return (
    next?.status?.contentsSize !== previous?.status?.contentsSize ||
    next?.status?.lifecycle !== previous?.status?.lifecycle
  );
}

/** The status of `Ready`. */
export function readyStatus({ status }: Repository | PackageRevision): string | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready")?.status;
}
