import type { Repository } from "../../api/v1alpha1/repository.ts";
import {
  ANNOTATION_BOUND_CREDENTIALS,
  ANNOTATION_LIST_SKIPPED,
  ANNOTATION_SYNC,
} from "../../api/v1alpha1/well-known.ts";
import type { RemoteUrl } from "../../core/identity/url.ts";
import { metadataPrefixesOf } from "../../core/revision/metadata-keys.ts";
import type { ReconcileContext, Result } from "../../runtime/reconcile.ts";
import { GitError } from "../../storage/git/errors.ts";
import type { RepositoryContext } from "./context.ts";
import { createMissing, type DiscoveredRepository } from "./discovered-revisions.ts";
import type { RepositoryReader } from "./reader.ts";
import { removeDeletedDrafts } from "./remove-deleted-drafts.ts";
import type { RepositoryCache } from "./repository-cache.ts";
import { planRepositoryRetention } from "./repository-retention.ts";
import { readinessFromError, readinessOf, writeStatus } from "./status.ts";

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
  const cache = await reader.read(repository, remote, [generation, ...requests].join(" "), call);
  await cache.store.acceptHistory(annotations);
  const found = { key: cache.key, prefixes: metadataPrefixesOf(repository), store: cache.store };
  await assertUsable(context, found, call);
  const { groups, beyondLimit, refusal } = await createMissing(context, found, call.signal);
  await removeDeletedDrafts(context, repository, cache, call);
  const { plan, differing } = await planRepositoryRetention(context, repository, cache);
  context.channel.emit({ kind: "retentionChanged", revisions: differing });
  const summary = cache.store.summarize({
    withoutObject: groups,
    prefix: annotations?.[ANNOTATION_LIST_SKIPPED] ?? "",
  });
  const read = readinessOf(repository, summary, context.policies.reported(), beyondLimit);
  const problem = refusal ?? (read.state === "ready" ? reader.pushProblem(cache.key) : undefined);
  const readiness = problem === undefined ? read : (readinessFromError(problem, repository) ?? read);
  await writeStatus(context, repository, readiness, { summary, kept: plan });
  // For the retry: no watch reports that the API server would accept them.
  if (refusal !== undefined) throw refusal;
  return { requeueAfterMs: reader.dueInMs(repository), priority: "low" };
}

/**
 * Throws if the published branch is missing, or cannot be read. In the latter case what is published has objects all
 * the same: tags need no branch. Whether a branch is a draft depends on it.
 */
async function assertUsable(
  context: RepositoryContext,
  { store, ...repository }: DiscoveredRepository & Pick<RepositoryCache, "store">,
  { signal }: ReconcileContext,
): Promise<void> {
  try {
    store.assertUsable();
  } catch (error) {
    if (error instanceof GitError && error.reason === "BadObjects") {
      const published = {
        revisions: () => [...store.revisions()].filter(({ kind }) => kind === "published"),
        identify: store.identify.bind(store),
        workspaceOf: store.workspaceOf.bind(store),
        latest: store.latest.bind(store),
      };
      await createMissing(context, { ...repository, store: published }, signal);
    }
    throw error;
  }
}
