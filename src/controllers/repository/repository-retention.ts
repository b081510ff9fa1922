import { keyOf } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { type ContentsCandidate, planRetention, type RetentionPlan } from "../../core/files/retention-plan.ts";
import { forEachInTurns } from "../../event-loop/turns.ts";
import { contentsMode, isShownOnDemand } from "./contents-retention.ts";
import type { RepositoryContext } from "./context.ts";
import type { RepositoryCache } from "./repository-cache.ts";

/**
 * Plans which contents the cluster keeps, in turns of the event loop. `differing`: keys of package revisions whose
 * contents are to be added to it or removed from it.
 */
export async function planRepositoryRetention(
  context: RepositoryContext,
  repository: Repository,
  cache: RepositoryCache,
): Promise<{ readonly plan: RetentionPlan; readonly differing: readonly string[] }> {
  const budget = context.contentsBudget;
  const revisions = context.revisions.byIndex("repository", cache.key);
  const found: { readonly object: PackageRevision; readonly candidate: ContentsCandidate }[] = [];
  await forEachInTurns(revisions, (object) => {
    const candidate = candidateOf(cache, object);
    if (candidate !== undefined) found.push({ object, candidate });
  });
  const candidates = found.map((one) => one.candidate);
  const plan = planRetention(contentsMode(repository), budget, candidates);
  cache.retention.decide(candidates, plan, budget);
  const differing: string[] = [];
  await forEachInTurns(found, ({ object, candidate: { name, always } }) => {
    const key = keyOf(object);
    const wanted = plan.kept.has(name) || isShownOnDemand(object);
    if (!always && wanted !== context.contents.byIndex("owner", key).length > 0) differing.push(key);
  });
  return { plan, differing };
}

/** Undefined for revisions without contents, or not read yet: their own reconcile decides once they are. */
function candidateOf(cache: RepositoryCache, object: PackageRevision): ContentsCandidate | undefined {
  const { status, metadata } = object;
  const { contentsSize: size } = status ?? {};
  if (status?.lifecycle === undefined || size === undefined || metadata.deletionTimestamp !== undefined)
    return undefined;
  const { name } = metadata;
  const published = status.lifecycle === "published" || status.lifecycle === "deletionProposed";
  const found = published ? cache.store.identify(object) : undefined;
  if (found?.kind === "published" && found.commit === status.commit) {
    const latest = cache.store.latest(found.path)?.revision === found.revision;
    return { name, size, always: false, latest, time: found.time ?? 0 };
  }
  // A tag that was moved or deleted: the published contents stay as they are.
  return status.contents === "GitOnly" ? undefined : { name, size, always: true, latest: false, time: 0 };
}
