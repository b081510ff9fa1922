import { type KubeObject, keyOf, parseKey } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { ChangedRevisions } from "../../core/repository/package-index.ts";
import type { Controller } from "../../runtime/controller.ts";
import type { Policies } from "../admission-policies/monitor.ts";
import type { RepositoryEvent } from "../repository/events.ts";
import { readyStatus, specChanged, specOrRequestChanged, syncRequestHandled } from "../repository/predicates.ts";
import type { ShardOwnership } from "../sharding/ownership.ts";
import type { EventChannel } from "../shared/event-channel.ts";
import { contentsIndexes } from "../shared/indexes.ts";
import type { WatchedInformer } from "../shared/informers.ts";
import type { FilesChecked } from "./checks/file-checks.ts";
import { type RevisionIndex, targetIndex } from "./indexes.ts";
import type { NeedsChanged, PackageNeeds } from "./needs/package-needs.ts";
import {
  contentsEdited,
  dependsOnPolicies,
  isDiscovered,
  isOwnStatusTextChange,
  kubernetesVersionChanged,
} from "./predicates.ts";
import type { DataSources } from "./processing/data-sources.ts";
import type { PackageProcessed } from "./processing/package-runs.ts";
import type { PackageRevisionReconciler } from "./reconciler.ts";
import { enqueueMembers } from "./releases/enqueue-members.ts";
import type { TargetChecks } from "./targets/target-checks.ts";
import type { UncheckedRequests } from "./unchecked-requests.ts";
import type { UncheckedRules } from "./unchecked-rules.ts";

const LOW = { priority: "low" } as const;
const NO_REFS: ReadonlySet<string> = new Set();

export interface PackageRevisionWatches {
  readonly repositories: WatchedInformer<Repository>;
  readonly revisions: WatchedInformer<PackageRevision, RevisionIndex>;
  /** Metadata only. */
  readonly pages: WatchedInformer<KubeObject, "owner">;
  readonly git: EventChannel<RepositoryEvent>;
  readonly fileChecks: EventChannel<FilesChecked>;
  readonly processing: EventChannel<PackageProcessed>;
  readonly targets: Pick<TargetChecks, "repositoryChanged">;
  readonly data: Pick<DataSources, "repositoryChanged">;
  readonly needs: Pick<PackageNeeds, "revisionChanged" | "repositoryChanged">;
  readonly needsChanged: EventChannel<NeedsChanged>;
  readonly ownership: Pick<ShardOwnership, "channel">;
  readonly policies: Pick<Policies, "channel">;
  /** True if `status.upgrade` should be another one, or is one of these refs. */
  readonly upgradeChanged: (object: PackageRevision, refs: Pick<ChangedRevisions, "has">) => boolean;
  /** True if `status.outdatedBy` is not up to date. */
  readonly outdatedChanged: (object: PackageRevision) => boolean;
  readonly unchecked: Pick<UncheckedRequests, "noteState" | "noteObject" | "forget" | "concerns">;
  readonly rules: Pick<UncheckedRules, "noteState" | "noteRepository" | "forget">;
  readonly controller: Pick<Controller, "enqueue">;
  readonly reconciler: Pick<PackageRevisionReconciler, "forgetWrites"> & {
    readonly contents: Pick<PackageRevisionReconciler["contents"], "forget" | "forgetAll">;
  };
}

/** Maps changes of objects, and of Git, to the keys of package revisions that they require a reconcile of. */
export function watchPackageRevisions(watches: PackageRevisionWatches): void {
  const { revisions, pages, fileChecks, processing, controller, reconciler, unchecked } = watches;

  revisions.onChange((next, previous) => {
    const object = next ?? previous;
    if (object === undefined) return;
    if (next === undefined) unchecked.forget(object);
    else unchecked.noteObject(next);
    enqueueMembers(revisions.lister, controller, next, previous);
    if (next !== undefined && previous !== undefined && isOwnStatusTextChange(next, previous)) return;
    controller.enqueue(keyOf(object), next !== undefined && isDiscovered(next) ? LOW : {});
  });

  pages.onChange((next, previous) => {
    const object = next ?? previous;
    if (object === undefined) return;
    if (next === undefined) reconciler.contents.forget(object.metadata.uid ?? "", contentsIndexes.owner(object));
    if (contentsEdited(next, previous)) for (const key of contentsIndexes.owner(object)) controller.enqueue(key);
  });

  fileChecks.subscribe(({ revision }) => controller.enqueue(revision, LOW));
  processing.subscribe(({ revision }) => controller.enqueue(revision, LOW));
  watchNeeds(watches);
  watchRelists(watches);
  watchRepositories(watches);
  watchGit(watches);
  watchShards(watches);
  watchPolicies(watches);
}

/** What drafts need changes with what is published, and with which Repositories can be read. */
function watchNeeds({
  revisions,
  repositories,
  git,
  ownership,
  needs,
  needsChanged,
  controller,
}: PackageRevisionWatches) {
  revisions.onChange((next, previous) => {
    needs.revisionChanged(next, previous);
    if (next?.status?.lifecycle === previous?.status?.lifecycle && next !== undefined && previous !== undefined) return;
    // Those that wait for packages of the target name their drafts.
    for (const object of [next ?? previous].filter((one) => one !== undefined)) {
      const waiting = targetIndex(object).flatMap((key) => revisions.lister.byIndex("scheduling", key));
      for (const one of waiting) if (keyOf(one) !== keyOf(object)) controller.enqueue(keyOf(one), LOW);
    }
  });
  repositories.onChange((next, previous) => {
    const object = next ?? previous;
    const isSame = next !== undefined && previous !== undefined && readyStatus(next) === readyStatus(previous);
    if (object !== undefined && !isSame) needs.repositoryChanged(keyOf(object));
  });
  git.subscribe((event) => {
    if (event.kind === "firstSynced") needs.repositoryChanged(event.repository);
  });
  ownership.channel.subscribe(() => {
    for (const one of repositories.lister.list()) needs.repositoryChanged(keyOf(one));
  });
  needsChanged.subscribe(({ revision }) => controller.enqueue(revision, LOW));
}

/**
 * A relist may follow an etcd restore that lost our writes while the objects look unchanged: everything is reconciled,
 * and nothing is assumed from earlier writes, as after a restart.
 */
function watchRelists({ revisions, pages, controller, reconciler }: PackageRevisionWatches): void {
  const requeue = (namespace: string | undefined) => {
    reconciler.forgetWrites();
    for (const one of revisions.lister.list(namespace)) controller.enqueue(keyOf(one), LOW);
  };
  revisions.onRelist(requeue);
  pages.onRelist(requeue);
}

function watchRepositories({ repositories, revisions, rules, controller }: PackageRevisionWatches): void {
  const revisionsOf = (repository: Repository) => revisions.lister.byIndex("repository", keyOf(repository));

  const statusChanged = (next: Repository, previous: Repository) => {
    const readyChanged = readyStatus(next) !== readyStatus(previous);
    // The user fixed the remote and requested a sync: revisions that failed do not wait for their next retry.
    if (!readyChanged && !syncRequestHandled(next, previous)) return;
    for (const one of revisionsOf(next))
      if (readyChanged || readyStatus(one) === "False") controller.enqueue(keyOf(one), LOW);
  };

  repositories.onChange((next, previous) => {
    const object = next ?? previous;
    if (object === undefined) return;
    if (next === undefined) rules.forget(object);
    else rules.noteRepository(next);
    const isOtherVersion = kubernetesVersionChanged(next, previous);
    if (next !== undefined && previous !== undefined && !isOtherVersion && !specOrRequestChanged(next, previous))
      return statusChanged(next, previous);
    // A requested sync changes nothing before it is done, and then its events name the revisions.
    const isRequest = next !== undefined && !isOtherVersion && !specChanged(next, previous);
    if (isRequest && next.metadata.deletionTimestamp === undefined) return;
    for (const one of revisionsOf(object)) controller.enqueue(keyOf(one), LOW);
  });
}

function watchGit(watches: PackageRevisionWatches): void {
  const { git, revisions, targets, data, controller, upgradeChanged, outdatedChanged } = watches;
  const { lister } = revisions;
  const enqueueIndexed = (index: RevisionIndex, value: string, options = {}) => {
    for (const one of lister.byIndex(index, value)) controller.enqueue(keyOf(one), options);
  };

  const upstreamChanged = (repository: string, refs: Pick<ChangedRevisions, "has">) => {
    for (const one of lister.byIndex("upgradable", repository)) {
      if (upgradeChanged(one, refs)) controller.enqueue(keyOf(one), LOW);
    }
  };

  const revisionsChanged = (repository: string, changed: ChangedRevisions) => {
    const { namespace } = parseKey(repository);
    // The Repository controller creates the objects that are missing.
    for (const keys of changed.values()) for (const key of keys) enqueueIndexed("identity", `${namespace}/${key}`);
    enqueueIndexed("waitingForUpstream", repository);
    enqueueIndexed("waitingToBegin", repository);
    enqueueIndexed("waitingToPublish", repository);
    if (!changed.keys().some((ref) => ref.startsWith("refs/tags/"))) return;
    upstreamChanged(repository, changed);
    for (const one of lister.byIndex("open", repository)) {
      if (outdatedChanged(one)) controller.enqueue(keyOf(one), LOW);
    }
  };

  git.subscribe((event) => {
    switch (event.kind) {
      case "revisionsChanged":
        targets.repositoryChanged(event.repository);
        data.repositoryChanged(event.repository);
        return revisionsChanged(event.repository, event.changed);
      case "firstSynced":
        targets.repositoryChanged(event.repository);
        data.repositoryChanged(event.repository);
        enqueueIndexed("repository", event.repository, LOW);
        upstreamChanged(event.repository, NO_REFS);
        return enqueueIndexed("waitingForUpstream", event.repository);
      case "fetched":
        // The remote answers again: revisions that failed do not wait for their next retry.
        return enqueueIndexed("interrupted", event.repository);
      case "retentionChanged":
        for (const key of event.revisions) controller.enqueue(key, LOW);
        return;
      default:
    }
  });
}

/**
 * Proposals, approved or not, and deletions depend on the policies. An approval that waits is revoked at once; verdicts
 * of gates that no policy has checked are removed once their programs can set them again.
 */
function watchPolicies({
  policies,
  revisions,
  controller,
  reconciler,
  unchecked,
  rules,
}: PackageRevisionWatches): void {
  policies.channel.subscribe(({ state }) => {
    const all = revisions.lister.list();
    // Other clients may have written the status of contents objects, of which the cache has the metadata alone.
    if (state.kind !== "unknown") reconciler.contents.forgetAll();
    rules.noteState(state);
    unchecked.noteState(state, all);
    for (const one of all) if (dependsOnPolicies(one) || unchecked.concerns(one)) controller.enqueue(keyOf(one));
  });
}

/** Revisions of a Repository are enqueued once it has been read; those without one are enqueued here. */
function watchShards({ ownership, repositories, revisions, controller }: PackageRevisionWatches): void {
  ownership.channel.subscribe(() => {
    for (const one of revisions.lister.list()) {
      const repository = `${one.metadata.namespace}/${one.spec.packageRevID.repository}`;
      if (repositories.lister.get(repository) === undefined) controller.enqueue(keyOf(one), LOW);
    }
  });
}
