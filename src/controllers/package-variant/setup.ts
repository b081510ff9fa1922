import { parseKey } from "../../api/meta.ts";
import type { RepositorySource } from "../repository/setup.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { ControllerRegistry } from "../shared/controllers.ts";
import { packageRevisions, packageVariants, repositories } from "../shared/kinds.ts";
import type { VariantContext } from "./context.ts";
import { downstreamIndexes, variantIndexes } from "./indexes.ts";
import { PackageVariantReconciler } from "./reconciler.ts";
import { watchPackageVariants } from "./watches.ts";

/** A step is a request or two of the API server, and never waits for a remote. */
const WORKERS = 16;

/** Registers the controller of PackageVariants, which works through the API server alone. */
export function setupPackageVariant(
  controllers: ControllerRegistry,
  shared: ControllerContext,
  source: RepositorySource,
): void {
  const { informers } = controllers;
  const watched = {
    variants: informers.forResource(packageVariants, variantIndexes),
    revisions: informers.forResource(packageRevisions, downstreamIndexes),
    repositories: informers.forResource(repositories),
  };
  const context: VariantContext = {
    ...shared,
    variants: watched.variants.lister,
    revisions: watched.revisions.lister,
    repositories: watched.repositories.lister,
    registry: source.registry,
  };
  const reconciler = new PackageVariantReconciler(context);
  const controller = controllers.register({
    name: "packagevariant",
    concurrency: WORKERS,
    flowOf: (key) => parseKey(key).namespace ?? "",
    reconcile: async (key) => await reconciler.reconcile(key),
  });
  watchPackageVariants({ ...watched, git: source.channel, ownership: shared.ownership, controller, reconciler });
}
