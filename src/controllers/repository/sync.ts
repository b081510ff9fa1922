import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../api/v1alpha1/well-known.ts";
import type { RemoteUrl } from "../../core/identity/url.ts";
import type { ReconcileContext, Result } from "../../runtime/reconcile.ts";
import { GitError } from "../../storage/git/errors.ts";
import type { RepositoryContext } from "./context.ts";
import { createMissing } from "./discovered-revisions.ts";
import type { RepositoryReader } from "./reader.ts";
import type { RepositoryCache } from "./repository-cache.ts";
import { planRepositoryRetention } from "./repository-retention.ts";
import { readinessOf, writeStatus } from "./status.ts";

/** Reads a Repository from Git, creates the package revisions that the cluster lacks, plans retention and writes status. */
export async function syncRepository(
  context: RepositoryContext,
  reader: RepositoryReader,
  repository: Repository,
  remote: RemoteUrl,
  call: ReconcileContext,
): Promise<Result> {
  const { generation, annotations } = repository.metadata;
  const cache = await reader.read(repository, remote, `${generation} ${annotations?.[ANNOTATION_SYNC] ?? ""}`);
  cache.acceptHistory(annotations);
  assertMainUsable(repository, cache);
  await createMissing(context, cache, call.signal);
  const { plan, differing } = planRepositoryRetention(context, repository, cache);
  context.channel.emit({ kind: "retentionChanged", revisions: differing });
  await writeStatus(context, repository, readinessOf(repository, cache), { state: cache, kept: plan });
  return { requeueAfterMs: reader.dueInMs(repository), priority: "low" };
}

/** Throws `GitError`: BadObjects where the packages' branch was refused, BranchNotFound where it is missing. */
function assertMainUsable({ spec }: Repository, cache: RepositoryCache): void {
  const { mainRef } = cache;
  const { mirror } = cache.clone;
  const refused = mirror.refusedRefs().get(mainRef);
  if (refused !== undefined) throw new GitError("BadObjects", `${mainRef}: ${refused.message}`);
  if (mirror.refs().has(mainRef) || isNew(cache)) return;
  throw new GitError("BranchNotFound", `the remote has no branch ${spec.git?.ref ?? "main"}`);
}

/** True if the remote has nothing but drafts: the first publication creates the packages' branch. */
function isNew({ index, clone, hadMain }: RepositoryCache): boolean {
  const branches = [...clone.mirror.refs().keys()].filter((ref) => ref.startsWith("refs/heads/"));
  return !hadMain && branches.every((ref) => index.isDraft(ref));
}
