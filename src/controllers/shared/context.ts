import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { Transport } from "../../core/identity/url.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import type { KubeObject } from "../../kube/client/resource.ts";
import type { EventRecorder } from "../../kube/event-recorder.ts";
import type { StoreView } from "../../kube/informer/indexer.ts";
import type { RootLogger } from "../../runtime/log.ts";
import type { FileChecks } from "../package-revision/checks/file-checks.ts";
import type { Clones } from "../repository/mirror-pool.ts";
import type { RepositoryStates } from "../repository/repository-registry.ts";
import type { Shares } from "../sharding/ownership.ts";
import type { RevisionIndex } from "./indexes.ts";

/** What the controllers work with: made once, in main. */
export interface Operator {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly log: RootLogger;
  readonly clones: Clones;
  readonly states: RepositoryStates;
  readonly shares: Shares;
  readonly checks: FileChecks;
  readonly allowedTransports: ReadonlySet<Transport>;
  readonly repositories: StoreView<Repository, "credentials">;
  readonly revisions: StoreView<PackageRevision, RevisionIndex>;
  /** Metadata of the contents objects, by the package revision that owns them. */
  readonly contents: StoreView<KubeObject, "owner">;
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
