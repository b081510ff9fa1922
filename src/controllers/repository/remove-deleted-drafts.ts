import { parseKey } from "../../api/meta.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { workspaceKey } from "../../core/identity/revision-key.ts";
import { deletedDraftRetentionMs } from "../../core/repository/deleted-drafts.ts";
import type { IsLive } from "../../core/repository/package-index.ts";
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
  { events, now, uptimeMs, revisions }: Pick<RepositoryContext, "events" | "now" | "uptimeMs" | "revisions">,
  repository: Repository,
  cache: Pick<RepositoryCache, "key" | "store" | "removalPausedUntil">,
  { releaseWorkerWhile }: Pick<ReconcileContext, "releaseWorkerWhile">,
): Promise<void> {
  if (uptimeMs() < cache.removalPausedUntil) return;
  const before = new Date(now().getTime() - deletedDraftRetentionMs(repository));
  try {
    await releaseWorkerWhile(() => cache.store.removeDeletedDrafts(before, liveDrafts(revisions, cache.key)));
  } catch (error) {
    if (!(error instanceof GitError) || isClosed(error)) throw error;
    cache.removalPausedUntil = uptimeMs() + PAUSE_MS;
    const note = `tags of deleted drafts stay after spec.deletedDrafts.retention: ${error.message}`;
    events.record(repository, { type: "Warning", reason: "DeletedDraftsKept", action: "Sync", note });
  }
}

/** Recognizes the drafts of a Repository that were begun for an object which the cluster has. */
export function liveDrafts(revisions: Pick<RepositoryContext["revisions"], "byIndex">, key: string): IsLive {
  const { namespace, name } = parseKey(key);
  return ({ location, workspace, trailers }) =>
    revisions
      .byIndex("identity", `${namespace}/${workspaceKey(name, location, workspace)}`)
      .some(({ metadata: { uid, deletionTimestamp } }) => uid === trailers?.uid && deletionTimestamp === undefined);
}
