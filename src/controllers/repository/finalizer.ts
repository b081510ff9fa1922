import type { Repository } from "../../api/v1alpha1/repository.ts";
import { FINALIZER } from "../../api/v1alpha1/well-known.ts";
import { ignoreNotFound } from "../../kube/client/errors.ts";
import { DONE, type Result } from "../../runtime/reconcile.ts";
import { forEachLimited } from "../shared/for-each.ts";
import { packageRevisions, repositories } from "../shared/kinds.ts";
import type { RepositoryContext } from "./context.ts";

const AT_ONCE = 16;
const LOOK_AGAIN_MS = 500;

/** Lets a Repository go: its package revisions are deleted from the cluster, and nothing in Git. */
export async function finalizeRepository(context: RepositoryContext, repository: Repository): Promise<Result> {
  const { namespace, name, finalizers = [] } = repository.metadata;
  if (!finalizers.includes(FINALIZER)) return DONE;
  const left = context.revisions.byIndex("repository", `${namespace}/${name}`);
  await forEachLimited(left, AT_ONCE, async (revision) => {
    if (revision.metadata.deletionTimestamp !== undefined) return;
    await ignoreNotFound(context.client.delete(packageRevisions, { namespace, name: revision.metadata.name }));
  });
  // Each goes through its own finalizer; the last one's going is an event of the package revision, and this looks again.
  if (left.length > 0) return { requeueAfterMs: LOOK_AGAIN_MS };
  const rest = finalizers.filter((one) => one !== FINALIZER);
  const patch = { kind: "merge", body: { metadata: { finalizers: rest } } } as const;
  await ignoreNotFound(context.client.patch(repositories, { namespace, name }, patch));
  return DONE;
}
