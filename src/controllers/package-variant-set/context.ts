import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import type { DownstreamIndex } from "../package-variant/indexes.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { MemberIndex } from "./indexes.ts";
import type { ObjectTargets } from "./object-targets.ts";

/** The dependencies of the controller of PackageVariantSets. */
export interface SetContext extends ControllerContext {
  readonly sets: Lister<PackageVariantSet>;
  readonly variants: Lister<PackageVariant, MemberIndex>;
  readonly repositories: Lister<Repository>;
  readonly revisions: Lister<PackageRevision, DownstreamIndex>;
  readonly objects: Pick<ObjectTargets, "resolve" | "forget">;
}
