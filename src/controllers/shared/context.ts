import type { KubeObject } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { Transport } from "../../core/identity/url.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import type { EventRecorder } from "../../kube/event-recorder.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import type { RootLogger } from "../../runtime/log.ts";
import type { FileChecks } from "../package-revision/checks/file-checks.ts";
import type { MirrorPool } from "../repository/mirror-pool.ts";
import type { RepositoryRegistry } from "../repository/repository-registry.ts";
import type { ShardOwnership } from "../sharding/ownership.ts";
import type { RevisionIndex } from "./indexes.ts";

/** What the controllers work with: made once, in main. */
export interface ControllerContext {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly log: RootLogger;
  readonly mirrors: MirrorPool;
  readonly registry: RepositoryRegistry;
  readonly ownership: ShardOwnership;
  readonly checks: FileChecks;
  readonly allowedTransports: ReadonlySet<Transport>;
  readonly repositories: Lister<Repository, "credentials">;
  readonly revisions: Lister<PackageRevision, RevisionIndex>;
  /** Metadata of the contents objects, by the package revision that owns them. */
  readonly contents: Lister<KubeObject, "owner">;
  /** What published contents of one Repository may take of the cluster where it is `Auto`, in bytes of JSON. */
  readonly contentsBudget: number;
  /** What is shown and written down; it may be wrong, and jump. */
  readonly now: () => Date;
  /** Milliseconds that only go forward, whatever is done to the clock: for how long something takes, or is to wait. */
  readonly uptimeMs: () => number;
}

/** RFC 3339, whole seconds, as Kubernetes writes times. */
export function timestamp(now: Date): string {
  return now.toISOString().replace(/\.[0-9]+Z$/, "Z");
}
