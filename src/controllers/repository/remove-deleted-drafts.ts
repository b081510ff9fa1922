import type { Repository } from "../../api/v1alpha1/repository.ts";
import { deletedDraftRetentionMs } from "../../core/repository/deleted-drafts.ts";
import type { ReconcileContext } from "../../runtime/reconcile.ts";
import { GitError, isClosed } from "../../storage/git/errors.ts";
import type { RepositoryContext } from "./context.ts";
import type { RepositoryCache } from "./repository-cache.ts";

/** Pause after a remote has refused the removal: it would be refused at each sync. */
const PAUSE_MS = 3_600_000;

/**
 * Removes the tags of deleted drafts whose retention has passed: in one push a sync, and none if there are none. A
 * remote that refuses that, such as one with read-only credentials, is used all the same; an Event reports it.
 */
export async function removeDeletedDrafts(
  { events, now, uptimeMs }: Pick<RepositoryContext, "events" | "now" | "uptimeMs">,
  repository: Repository,
  cache: Pick<RepositoryCache, "store" | "removalPausedUntil">,
  { releaseWorkerWhile }: Pick<ReconcileContext, "releaseWorkerWhile">,
): Promise<void> {
  if (uptimeMs() < cache.removalPausedUntil) return;
  const before = new Date(now().getTime() - deletedDraftRetentionMs(repository));
  try {
    await releaseWorkerWhile(() => cache.store.removeDeletedDrafts(before));
  } catch (error) {
    if (!(error instanceof GitError) || isClosed(error)) throw error;
    cache.removalPausedUntil = uptimeMs() + PAUSE_MS;
    const note = `tags of deleted drafts stay after spec.deletedDrafts.retention: ${error.message}`;
    events.record(repository, { type: "Warning", reason: "DeletedDraftsKept", action: "Sync", note });
  }
}
