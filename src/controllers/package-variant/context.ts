import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import type { RepositoryRegistry } from "../repository/repository-registry.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { DownstreamIndex, VariantIndex } from "./indexes.ts";

/** The dependencies of the controller of PackageVariants. */
export interface VariantContext extends ControllerContext {
  readonly variants: Lister<PackageVariant, VariantIndex>;
  readonly revisions: Lister<PackageRevision, DownstreamIndex>;
  readonly repositories: Lister<Repository>;
  readonly registry: Pick<RepositoryRegistry, "get">;
}
