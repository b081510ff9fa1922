import { keyOf } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { Controller } from "../../runtime/controller.ts";
import type { RepositoryEvent } from "../repository/events.ts";
import type { ShardOwnership } from "../sharding/ownership.ts";
import type { EventChannel } from "../shared/event-channel.ts";
import type { WatchedInformer } from "../shared/informers.ts";
import { type DownstreamIndex, downstreamIndexes, type VariantIndex, variantIndexes } from "./indexes.ts";
import { publishedChanged, specOrDeletionChanged, usabilityChanged } from "./predicates.ts";
import type { PackageVariantReconciler } from "./reconciler.ts";

export interface VariantWatches {
  readonly variants: WatchedInformer<PackageVariant, VariantIndex>;
  readonly revisions: WatchedInformer<PackageRevision, DownstreamIndex>;
  readonly repositories: WatchedInformer<Repository>;
  readonly git: EventChannel<RepositoryEvent>;
  readonly ownership: Pick<ShardOwnership, "channel">;
  readonly controller: Pick<Controller, "enqueue">;
  readonly reconciler: Pick<PackageVariantReconciler, "forgetWrites">;
}

/** Maps changes of objects to the keys of PackageVariants that they require a reconcile of. */
export function watchPackageVariants(watches: VariantWatches): void {
  const { variants, revisions, repositories, git, ownership, controller, reconciler } = watches;
  const { lister } = variants;
  const enqueueIndexed = (index: VariantIndex, value: string) => {
    for (const one of lister.byIndex(index, value)) controller.enqueue(keyOf(one));
  };

  // A relist may follow an etcd restore that lost our writes: as after a restart.
  variants.onRelist((namespace) => {
    reconciler.forgetWrites();
    for (const one of lister.list(namespace)) controller.enqueue(keyOf(one), { priority: "low" });
  });

  variants.onChange((next, previous) => {
    if (next !== undefined && previous !== undefined && !specOrDeletionChanged(next, previous)) return;
    // A younger variant of the same package waits for the older one to go.
    for (const one of [next, previous]) {
      if (one === undefined) continue;
      controller.enqueue(keyOf(one));
      for (const place of variantIndexes.downstream(one)) enqueueIndexed("downstream", place);
    }
  });

  revisions.onChange((next, previous) => {
    const object = next ?? previous;
    if (object === undefined) return;
    const owners = [next, previous].flatMap((one) => (one === undefined ? [] : downstreamIndexes.variant(one)));
    for (const key of new Set(owners)) controller.enqueue(key);
    for (const place of downstreamIndexes.package(object)) {
      enqueueIndexed("downstream", place);
      if (publishedChanged(next, previous)) enqueueIndexed("upstream", place);
    }
  });

  repositories.onChange((next, previous) => {
    const object = next ?? previous;
    if (object !== undefined && usabilityChanged(next, previous)) enqueueIndexed("repository", keyOf(object));
  });

  // Until then nobody knows whether the downstream package exists.
  git.subscribe((event) => {
    if (event.kind === "firstSynced") enqueueIndexed("repository", event.repository);
  });

  ownership.channel.subscribe(() => {
    for (const one of lister.list()) controller.enqueue(keyOf(one));
  });
}
