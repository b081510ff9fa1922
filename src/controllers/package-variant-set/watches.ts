import { keyOf } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { Controller } from "../../runtime/controller.ts";
import type { DownstreamIndex } from "../package-variant/indexes.ts";
import { discoveredChanged, publishedChanged, usabilityChanged } from "../package-variant/predicates.ts";
import type { ShardOwnership } from "../sharding/ownership.ts";
import { Debouncer } from "../shared/debouncer.ts";
import { keysOf } from "../shared/indexes.ts";
import type { WatchedInformer } from "../shared/informers.ts";
import { type MemberIndex, ownerOf } from "./indexes.ts";
import { countChanged, specChanged, specOrConfirmationChanged, targetsChanged } from "./predicates.ts";
import type { PackageVariantSetReconciler } from "./reconciler.ts";

/** Variants are counted when none has changed for this time, and at the latest after the longer one. */
const COUNT_AFTER_MS = 500;
const COUNT_MAX_MS = 2_000;

export interface SetWatches {
  readonly sets: WatchedInformer<PackageVariantSet>;
  readonly variants: WatchedInformer<PackageVariant, MemberIndex>;
  readonly repositories: WatchedInformer<Repository>;
  readonly revisions: WatchedInformer<PackageRevision, DownstreamIndex>;
  readonly ownership: Pick<ShardOwnership, "channel">;
  readonly controller: Pick<Controller, "enqueue">;
  readonly reconciler: Pick<PackageVariantSetReconciler, "forgetWrites">;
}

/** Maps changes of objects to the keys of PackageVariantSets that they require a reconcile of. */
export function watchPackageVariantSets(watches: SetWatches): void {
  const { sets, variants, repositories, revisions, ownership, controller, reconciler } = watches;
  const enqueueAll = (namespace: string | undefined) => {
    for (const one of sets.lister.list(namespace)) controller.enqueue(keyOf(one), { priority: "low" });
  };

  // A relist may follow an etcd restore that lost our writes: as after a restart.
  sets.onRelist((namespace) => {
    reconciler.forgetWrites();
    enqueueAll(namespace);
  });
  variants.onRelist(enqueueAll);

  sets.onChange((next, previous) => {
    const object = next ?? previous;
    if (object === undefined) return;
    if (next !== undefined && previous !== undefined && !specOrConfirmationChanged(next, previous)) return;
    controller.enqueue(keyOf(object));
  });

  const counts = new Debouncer({
    afterMs: COUNT_AFTER_MS,
    maxMs: COUNT_MAX_MS,
    onQuiet: (key) => controller.enqueue(key, { priority: "low" }),
  });
  variants.onChange((next, previous) => {
    const owners = [next, previous].flatMap((one) => (one === undefined ? [] : setKeys(one)));
    for (const key of new Set(owners)) {
      if (next !== undefined && previous !== undefined && specChanged(next, previous)) controller.enqueue(key);
      else if (next === undefined || previous === undefined || countChanged(next, previous)) {
        counts.touch(key);
      }
    }
  });

  repositories.onChange((next, previous) => {
    const { namespace } = (next ?? previous)?.metadata ?? {};
    if (namespace === undefined) return;
    const isMoved = targetsChanged(next, previous);
    const isRead = usabilityChanged(next, previous);
    for (const one of sets.lister.list(namespace)) {
      if ((isMoved && selectsRepositories(one)) || (isRead && one.spec.rollout !== undefined)) {
        controller.enqueue(keyOf(one));
      }
    }
  });

  // The next revision of an upstream goes out in waves.
  revisions.onChange((next, previous) => {
    const object = next ?? previous;
    if (object === undefined || !(publishedChanged(next, previous) || discoveredChanged(next, previous))) return;
    const { namespace } = object.metadata;
    for (const one of sets.lister.list(namespace)) if (mayFollow(one, object)) counts.touch(keyOf(one));
  });

  ownership.channel.subscribe(() => enqueueAll(undefined));
}

/** `namespace/name` of the set that a variant belongs to. */
function setKeys(variant: PackageVariant): readonly string[] {
  return keysOf(variant.metadata.namespace, ownerOf(variant)?.name);
}

function selectsRepositories({ spec }: PackageVariantSet): boolean {
  return spec.targets.some(
    ({ repositories, matrix = [] }) =>
      repositories !== undefined || matrix.some((one) => one.repositories !== undefined),
  );
}

/** True for a set with a rollout whose targets may be made from the package. Expressions may name any. */
function mayFollow({ spec }: PackageVariantSet, { spec: { packageRevID: id } }: PackageRevision): boolean {
  const { repository, package: name } = spec.template.upstream;
  const isOrMayBe = (text: string, value: string) => text === value || text.includes("${");
  return spec.rollout !== undefined && isOrMayBe(repository, id.repository) && isOrMayBe(name, id.package);
}
