import { parseKey } from "../../api/meta.ts";
import type { ServiceAccountClients } from "../../kube/objects/service-account-clients.ts";
import { downstreamIndexes } from "../package-variant/indexes.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { ControllerRegistry } from "../shared/controllers.ts";
import { packageRevisions, packageVariantSets, packageVariants, repositories } from "../shared/kinds.ts";
import type { SetContext } from "./context.ts";
import { memberIndexes } from "./indexes.ts";
import { ObjectTargets } from "./object-targets.ts";
import { PackageVariantSetReconciler } from "./reconciler.ts";
import { watchPackageVariantSets } from "./watches.ts";

const WORKERS = 4;

/**
 * Registers the controller of PackageVariantSets.
 *
 * @param objectsIntervalMs how often targets that are objects are read again
 */
export function setupPackageVariantSet(
  controllers: ControllerRegistry,
  shared: ControllerContext,
  clients: Pick<ServiceAccountClients, "clientOf">,
  objectsIntervalMs: number,
): void {
  const { informers } = controllers;
  const watched = {
    sets: informers.forResource(packageVariantSets),
    variants: informers.forResource(packageVariants, memberIndexes),
    repositories: informers.forResource(repositories),
    revisions: informers.forResource(packageRevisions, downstreamIndexes),
  };
  const objects = new ObjectTargets({ clients, onChanged: (key) => controller.enqueue(key, { priority: "low" }) });
  const context: SetContext = {
    ...shared,
    sets: watched.sets.lister,
    variants: watched.variants.lister,
    repositories: watched.repositories.lister,
    revisions: watched.revisions.lister,
    objects,
  };
  const reconciler = new PackageVariantSetReconciler(context);
  const controller = controllers.register({
    name: "packagevariantset",
    concurrency: WORKERS,
    flowOf: (key) => parseKey(key).namespace ?? "",
    reconcile: async (key) => await reconciler.reconcile(key),
  });
  watchPackageVariantSets({ ...watched, ownership: shared.ownership, controller, reconciler });
  let timer: NodeJS.Timeout | undefined;
  controllers.addRunnable({
    name: "targets",
    start: async () => {
      timer = setInterval(() => void objects.poll().catch(shared.onError), objectsIntervalMs).unref();
    },
    stop: async () => clearInterval(timer),
  });
}
