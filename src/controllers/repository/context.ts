import type { KubeObject } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { Transport } from "../../core/identity/url.ts";
import type { RepositoriesByAge } from "../../core/repository/repositories-by-age.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import type { CrashJournal } from "../../runtime/crash-journal.ts";
import type { ControllerContext } from "../shared/context.ts";
import type { EventSink } from "../shared/event-channel.ts";
import type { SharedRevisionIndex } from "../shared/indexes.ts";
import type { RepositoryEvent } from "./events.ts";
import type { RepositoryIndex } from "./indexes.ts";
import type { MirrorPool } from "./mirror-pool.ts";
import type { RepositoryRegistry } from "./repository-registry.ts";

/** The dependencies of the Repository controller. */
export interface RepositoryContext extends ControllerContext {
  readonly mirrors: MirrorPool;
  readonly registry: RepositoryRegistry;
  readonly channel: EventSink<RepositoryEvent>;
  readonly allowedTransports: ReadonlySet<Transport>;
  readonly repositories: Lister<Repository, RepositoryIndex>;
  readonly byAge: Pick<RepositoriesByAge, "oldest">;
  readonly revisions: Lister<PackageRevision, SharedRevisionIndex>;
  /** Metadata of the contents objects, by the package revision that owns them. */
  readonly contents: Lister<KubeObject, "owner">;
  /** Which Repositories were being read when the process ended. */
  readonly journal: CrashJournal;
  /**
   * Bytes of JSON that published contents of one Repository may take in the cluster where `spec.contents` is `Auto`.
   */
  readonly contentsBudget: number;
  /** Bytes of a value in a Secret; a larger one is not used. */
  readonly maxSecretValue: number;
  /** Package revisions of one Repository that get an object. */
  readonly maxRevisions: number;
  /** Repositories of one namespace that are used, the oldest first. */
  readonly maxRepositories: number;
}
