import { parseKey } from "../../api/meta.ts";
import { downstreamIndexes } from "../package-variant/indexes.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { ControllerRegistry } from "../shared/controllers.ts";
import { packageRevisions, packageVariantSets, packageVariants, repositories } from "../shared/kinds.ts";
import type { SetContext } from "./context.ts";
import { memberIndexes } from "./indexes.ts";
import { PackageVariantSetReconciler } from "./reconciler.ts";
import { watchPackageVariantSets } from "./watches.ts";

const WORKERS = 4;

/** Registers the controller of PackageVariantSets. */
export function setupPackageVariantSet(controllers: ControllerRegistry, shared: ControllerContext): void {
  const { informers } = controllers;
  const watched = {
    sets: informers.forResource(packageVariantSets),
    variants: informers.forResource(packageVariants, memberIndexes),
    repositories: informers.forResource(repositories),
    revisions: informers.forResource(packageRevisions, downstreamIndexes),
  };
  const context: SetContext = {
    ...shared,
    sets: watched.sets.lister,
    variants: watched.variants.lister,
    repositories: watched.repositories.lister,
    revisions: watched.revisions.lister,
  };
  const reconciler = new PackageVariantSetReconciler(context);
  const controller = controllers.register({
    name: "packagevariantset",
    concurrency: WORKERS,
    flowOf: (key) => parseKey(key).namespace ?? "",
    reconcile: async (key) => await reconciler.reconcile(key),
  });
  watchPackageVariantSets({ ...watched, ownership: shared.ownership, controller, reconciler });
}
