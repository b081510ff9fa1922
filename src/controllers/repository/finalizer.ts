import type { Repository } from "../../api/v1alpha1/repository.ts";
import { FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import { DONE, type Result } from "../../runtime/reconcile.ts";
import { forEachUnlessRefused } from "../shared/for-each.ts";
import { packageRevisions, repositories } from "../shared/kinds.ts";
import type { RepositoryContext } from "./context.ts";

const MAX_CONCURRENT_DELETES = 16;
const RETRY_MS = 500;

/**
 * Finalizes a Repository: deletes its package revisions from the cluster, and nothing in Git.
 * @param release drops what is kept of it; called before another object can have its name
 */
export async function finalizeRepository(
  context: RepositoryContext,
  repository: Repository,
  release: () => Promise<void>,
): Promise<Result> {
  const { namespace, name, finalizers = [] } = repository.metadata;
  if (!finalizers.includes(FINALIZER)) return DONE;
  const left = context.revisions.byIndex("repository", `${namespace}/${name}`);
  const [refused] = await forEachUnlessRefused(left, MAX_CONCURRENT_DELETES, async (revision) => {
    if (revision.metadata.deletionTimestamp !== undefined) return;
    await ignoreNotFound(context.client.delete(packageRevisions, { namespace, name: revision.metadata.name }));
  });
  if (refused !== undefined) throw refused.error;
  // Each has a finalizer of its own, so that the deletions take a while.
  if (left.length > 0) return { requeueAfterMs: RETRY_MS };
  await release();
  const rest = finalizers.filter((one) => one !== FINALIZER);
  const patch = { kind: "merge", body: { metadata: { finalizers: rest } } } as const;
  await ignoreNotFound(context.client.patch(repositories, { namespace, name }, patch));
  return DONE;
}
