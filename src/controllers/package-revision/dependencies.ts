import type { KubeObject } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { PackageStore } from "../../core/ports/package-store.ts";
import type { ResourcesClient } from "../../core/ports/resources-client.ts";
import type { EventRecorder } from "../../kube/event-recorder.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import type { ContentsRetention } from "../repository/contents-retention.ts";
import type { FileChecks } from "./checks/file-checks.ts";
import type { RevisionIndex } from "./indexes.ts";
import type { PackageMerges } from "./merges/package-merges.ts";
import type { PackageNeeds } from "./needs/package-needs.ts";
import type { DataSources } from "./processing/data-sources.ts";
import type { PackageRuns } from "./processing/package-runs.ts";
import type { TargetChecks } from "./targets/target-checks.ts";
import type { UncheckedRequests } from "./unchecked-requests.ts";
import type { UncheckedRules } from "./unchecked-rules.ts";

/** The packages of a Repository that has been read, and which of their files are kept in the cluster. */
export interface RepositoryPackages {
  readonly store: PackageStore;
  readonly retention: ContentsRetention;
}

/** What packages are rendered and validated with. */
export interface ProcessingEnvironment {
  /** Of the validation: other results are possible with another one. */
  readonly version: string;
  /** The functions that there are: `name@version`. */
  readonly functions: Pick<ReadonlySet<string>, "has">;
}

/** What the reconciler and its steps depend on. The model of the lifecycle brings its own. */
export interface RevisionDependencies {
  readonly client: ResourcesClient;
  readonly events: Pick<EventRecorder, "record">;
  readonly repositories: Pick<Lister<Repository>, "get">;
  readonly revisions: Pick<Lister<PackageRevision, RevisionIndex>, "get" | "byIndex">;
  /** Metadata of the contents objects. */
  readonly contents: Pick<Lister<KubeObject, "owner">, "byIndex">;
  readonly variants: Pick<Lister<PackageVariant>, "get">;
  /** The Repositories that have been read, by `namespace/name`. */
  readonly registry: { readonly get: (key: string) => RepositoryPackages | undefined };
  readonly checks: Pick<FileChecks, "prime" | "check" | "hasRun" | "report" | "forget">;
  readonly runs: Pick<PackageRuns, "result" | "start" | "wait" | "adopt" | "forget">;
  readonly data: Pick<DataSources, "sourceOf" | "forget">;
  readonly needs: Pick<PackageNeeds, "resolve" | "forget">;
  readonly merges: Pick<PackageMerges, "merge">;
  readonly environment: ProcessingEnvironment;
  readonly policies: Pick<UncheckedRequests, "stateFor" | "voidGrants">;
  readonly rules: Pick<UncheckedRules, "isChecked">;
  readonly targets: Pick<TargetChecks, "complete" | "forget" | "read">;
  readonly now: () => Date;
}
