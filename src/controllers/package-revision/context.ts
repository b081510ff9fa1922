import type { KubeObject } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import type { RepositoryRegistry } from "../repository/repository-registry.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { FileChecks } from "./checks/file-checks.ts";
import type { RevisionIndex } from "./indexes.ts";

/** The dependencies of the PackageRevision controller. */
export interface PackageRevisionContext extends ControllerContext {
  readonly checks: FileChecks;
  readonly registry: RepositoryRegistry;
  readonly repositories: Lister<Repository>;
  readonly revisions: Lister<PackageRevision, RevisionIndex>;
  /** Metadata of the contents objects, by the package revision that owns them. */
  readonly contents: Lister<KubeObject, "owner">;
}
