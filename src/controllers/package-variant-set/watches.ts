import { keyOf } from "../../api/meta.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { Controller } from "../../runtime/controller.ts";
import type { ShardOwnership } from "../sharding/ownership.ts";
import { Debouncer } from "../shared/debouncer.ts";
import { keysOf } from "../shared/indexes.ts";
import type { WatchedInformer } from "../shared/informers.ts";
import { type MemberIndex, ownerOf } from "./indexes.ts";
import { readyReason, specChanged, specOrConfirmationChanged, targetsChanged } from "./predicates.ts";

/** Variants are counted when none has changed for this time, and at the latest after the longer one. */
const COUNT_AFTER_MS = 500;
const COUNT_MAX_MS = 2_000;

export interface SetWatches {
  readonly sets: WatchedInformer<PackageVariantSet>;
  readonly variants: WatchedInformer<PackageVariant, MemberIndex>;
  readonly repositories: WatchedInformer<Repository>;
  readonly ownership: Pick<ShardOwnership, "channel">;
  readonly controller: Pick<Controller, "enqueue">;
}

/** Maps changes of objects to the keys of PackageVariantSets that they require a reconcile of. */
export function watchPackageVariantSets({ sets, variants, repositories, ownership, controller }: SetWatches): void {
  const enqueueAll = (namespace: string | undefined) => {
    for (const one of sets.lister.list(namespace)) controller.enqueue(keyOf(one), { priority: "low" });
  };

  sets.onRelist(enqueueAll);
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
      else if (next === undefined || previous === undefined || readyReason(next) !== readyReason(previous)) {
        counts.touch(key);
      }
    }
  });

  repositories.onChange((next, previous) => {
    const { namespace } = (next ?? previous)?.metadata ?? {};
    if (namespace === undefined || !targetsChanged(next, previous)) return;
    for (const one of sets.lister.list(namespace)) if (selectsRepositories(one)) controller.enqueue(keyOf(one));
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
