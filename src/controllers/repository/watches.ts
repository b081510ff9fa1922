import { type KubeObject, keyOf, parseKey } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { RepositoriesByAge } from "../../core/repository/repositories-by-age.ts";
import type { Controller } from "../../runtime/controller.ts";
import type { Policies } from "../admission-policies/monitor.ts";
import { isOwnStatusTextChange } from "../package-revision/predicates.ts";
import type { ShardOwnership } from "../sharding/ownership.ts";
import { Debouncer } from "../shared/debouncer.ts";
import type { EventChannel } from "../shared/event-channel.ts";
import { type SharedRevisionIndex, sharedRevisionIndexes } from "../shared/indexes.ts";
import type { WatchedInformer } from "../shared/informers.ts";
import type { RepositoryEvent } from "./events.ts";
import type { ForeignRepositories } from "./foreign.ts";
import type { RepositoryIndex } from "./indexes.ts";
import type { MirrorPool } from "./mirror-pool.ts";
import { countsChanged, isBlockedByOthers, specChanged, specOrRequestChanged } from "./predicates.ts";
import type { RepositoryReader } from "./reader.ts";
import { REPORT_AFTER_MS } from "./report-policies.ts";
import type { RepositoryRegistry } from "./repository-registry.ts";

/** Package revisions are counted when none has changed for this time, and at the latest after the longer one. */
const COUNT_AFTER_MS = 5_000;
const COUNT_MAX_MS = 60_000;

export interface RepositoryWatches {
  readonly repositories: WatchedInformer<Repository, RepositoryIndex>;
  readonly byAge: RepositoriesByAge;
  readonly maxRepositories: number;
  readonly revisions: WatchedInformer<PackageRevision, SharedRevisionIndex>;
  /** Metadata only. */
  readonly secrets: WatchedInformer<KubeObject>;
  readonly channel: EventChannel<RepositoryEvent>;
  readonly ownership: Pick<ShardOwnership, "channel" | "ownsRepository">;
  readonly policies: Pick<Policies, "channel">;
  readonly controller: Pick<Controller, "enqueue">;
  /** Reports the policies where a sync is under way. */
  readonly policyReports: Pick<Controller, "enqueue">;
  readonly reader: Pick<RepositoryReader, "expire">;
  readonly foreign: Pick<ForeignRepositories, "expire">;
  readonly registry: Pick<RepositoryRegistry, "get">;
  readonly mirrors: Pick<MirrorPool, "cancelFetch">;
  readonly onError: (error: unknown) => void;
}

/** Maps changes of objects, and of Git, to the keys of Repositories that they require a reconcile of. */
export function watchRepositories(watches: RepositoryWatches): void {
  const { repositories, byAge, secrets, ownership, policies, controller, policyReports, reader, mirrors, onError } =
    watches;
  const { lister } = repositories;

  // A relist may follow an etcd restore that lost our writes while the objects look unchanged: as after a restart.
  repositories.onRelist((namespace) => {
    for (const one of lister.list(namespace)) controller.enqueue(keyOf(one), { priority: "low" });
  });

  repositories.onChange((next, previous) => {
    const object = next ?? previous;
    if (object === undefined) return;
    if (previous !== undefined) byAge.delete(previous);
    if (next !== undefined) byAge.set(next);
    if (next !== undefined && previous !== undefined && !specOrRequestChanged(next, previous)) return;
    controller.enqueue(keyOf(object));
    // The worker that fetches is the one that would finalize it.
    const isDeleted = next === undefined || next.metadata.deletionTimestamp !== undefined;
    if (isDeleted) mirrors.cancelFetch(keyOf(object)).catch(onError);
    if (previous === undefined || !specChanged(next, previous)) return;
    for (const other of byAge.oldest(object.metadata.namespace, watches.maxRepositories))
      if (isBlockedByOthers(other)) controller.enqueue(keyOf(other));
  });

  secrets.onChange((next, previous) => {
    const secret = next ?? previous;
    if (secret === undefined) return;
    for (const one of lister.byIndex("secrets", keyOf(secret))) {
      reader.expire(keyOf(one));
      controller.enqueue(keyOf(one));
    }
  });

  const counts = new Debouncer({
    afterMs: COUNT_AFTER_MS,
    maxMs: COUNT_MAX_MS,
    onQuiet: (key) => controller.enqueue(key, { priority: "low" }),
  });
  watchRevisions(watches, counts);
  watchGit(watches, counts);

  const enqueueAll = () => {
    for (const one of lister.list()) controller.enqueue(keyOf(one));
  };
  ownership.channel.subscribe(enqueueAll);
  policies.channel.subscribe(() => {
    enqueueAll();
    for (const one of lister.list()) policyReports.enqueue(keyOf(one), { afterMs: REPORT_AFTER_MS });
  });
}

function watchRevisions(
  { repositories, revisions, ownership, controller, foreign }: RepositoryWatches,
  counts: Debouncer,
): void {
  // Another replica may own the Repository that a draft waits for: this replica then reads it, too.
  const followUpstream = (next: PackageRevision, previous: PackageRevision | undefined) => {
    for (const key of sharedRevisionIndexes.waitingForUpstream(next)) {
      const upstream = repositories.lister.get(key);
      if (upstream !== undefined && !ownership.ownsRepository(upstream)) controller.enqueue(key);
    }
    if (next.status?.lifecycle === previous?.status?.lifecycle) return;
    for (const key of sharedRevisionIndexes.repository(next)) if (foreign.expire(key)) controller.enqueue(key);
  };

  revisions.onChange((next, previous) => {
    const object = next ?? previous;
    if (object === undefined) return;
    if (next !== undefined && previous !== undefined && isOwnStatusTextChange(next, previous)) return;
    if (next !== undefined) followUpstream(next, previous);
    for (const key of sharedRevisionIndexes.repository(object)) {
      if (countsChanged(next, previous)) counts.touch(key);
      // If Git still has a revision whose object is gone, the Repository creates the object again. One that is being
      // deleted looks by itself, whether all are gone.
      const isDeleted = repositories.lister.get(key)?.metadata.deletionTimestamp !== undefined;
      if (next === undefined && !isDeleted) controller.enqueue(key);
    }
  });
}

function watchGit(
  { channel, repositories, revisions, controller, reader, registry }: RepositoryWatches,
  counts: Debouncer,
): void {
  channel.subscribe((event) => {
    switch (event.kind) {
      case "revisionsChanged": {
        const { namespace } = parseKey(event.repository);
        const isKnown = (key: string) => revisions.lister.byIndex("identity", `${namespace}/${key}`).length > 0;
        const allKnown = [...event.changed.values()].every((keys) => keys.some(isKnown));
        const store = registry.get(event.repository)?.store;
        const isRewritten = store?.rewrite !== undefined;
        // After the loss of the volume only status knows how far main was followed: it is not late by more than this.
        const isMoved = store?.followed !== repositories.lister.get(event.repository)?.status?.commit;
        const afterMs = allKnown && !isRewritten ? COUNT_AFTER_MS : 0;
        if (isMoved || afterMs === 0) controller.enqueue(event.repository, { priority: "low", afterMs });
        else counts.touch(event.repository);
        break;
      }
      case "accessRefused":
        // The Repository asks the remote again, reports its answer, and retries with backoff.
        reader.expire(event.repository);
        controller.enqueue(event.repository);
        break;
      default:
    }
  });
}
