import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_BOUND_CREDENTIALS, ANNOTATION_SYNC } from "../../api/v1alpha1/well-known.ts";
import type { RemoteUrl } from "../../core/identity/url.ts";
import type { ReconcileContext, Result } from "../../runtime/reconcile.ts";
import type { RepositoryContext } from "./context.ts";
import { createMissing } from "./discovered-revisions.ts";
import type { RepositoryReader } from "./reader.ts";
import { planRepositoryRetention } from "./repository-retention.ts";
import { readinessOf, writeStatus } from "./status.ts";

/**
 * Reads a Repository from Git, creates the package revisions that the cluster lacks, plans retention and writes status.
 */
export async function syncRepository(
  context: RepositoryContext,
  reader: RepositoryReader,
  repository: Repository,
  remote: RemoteUrl,
  call: ReconcileContext,
): Promise<Result> {
  const { generation, annotations } = repository.metadata;
  const requests = [ANNOTATION_SYNC, ANNOTATION_BOUND_CREDENTIALS].map((name) => annotations?.[name] ?? "");
  const cache = await reader.read(repository, remote, [generation, ...requests].join(" "));
  await cache.store.acceptHistory(annotations);
  cache.store.assertUsable();
  const conflicts = await createMissing(context, cache, call.signal);
  const { plan, differing } = planRepositoryRetention(context, repository, cache);
  context.channel.emit({ kind: "retentionChanged", revisions: differing });
  const summary = cache.store.summarize(conflicts);
  await writeStatus(context, repository, readinessOf(repository, summary, context.policies.reported()), {
    summary,
    kept: plan,
  });
  return { requeueAfterMs: reader.dueInMs(repository), priority: "low" };
}
