import type { KubeObject } from "../../api/meta.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ANNOTATION_CHANGED_BY } from "../../api/v1alpha1/well-known.ts";
import { type Person, personOf } from "../../core/identity/person.ts";
import type { PackageStore } from "../../core/ports/package-store.ts";
import type { ResourcesClient } from "../../core/ports/resources-client.ts";
import type { Observation } from "../../core/revision/observation.ts";
import type { EventRecorder } from "../../kube/event-recorder.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import type { ReleaseWorkerWhile } from "../../runtime/reconcile.ts";
import type { ContentsRetention } from "../repository/contents-retention.ts";
import type { FileChecks } from "./checks/file-checks.ts";
import type { RevisionIndex } from "./indexes.ts";
import type { Contents } from "./resources/contents.ts";

/** The packages of a Repository that has been read, and which of their files are kept in the cluster. */
export interface RepositoryPackages {
  readonly store: PackageStore;
  readonly retention: ContentsRetention;
}

/** What the reconciler and its steps depend on. The model of the lifecycle brings its own. */
export interface RevisionDependencies {
  readonly client: ResourcesClient;
  readonly events: Pick<EventRecorder, "record">;
  readonly repositories: Pick<Lister<Repository>, "get">;
  readonly revisions: Pick<Lister<PackageRevision, RevisionIndex>, "get" | "byIndex">;
  /** Metadata of the contents objects. */
  readonly contents: Pick<Lister<KubeObject, "owner">, "byIndex">;
  /** The Repositories that have been read, by `namespace/name`. */
  readonly registry: { readonly get: (key: string) => RepositoryPackages | undefined };
  readonly checks: Pick<FileChecks, "prime" | "check" | "hasRun" | "report" | "forget">;
  readonly now: () => Date;
}

/** One reconcile of one package revision in a Repository that has been read. */
export interface RevisionScope extends RepositoryPackages {
  readonly dependencies: RevisionDependencies;
  readonly contents: Contents;
  readonly observation: Observation;
  readonly object: PackageRevision;
  /** RFC 3339. */
  readonly now: string;
  /** For pushes that hold no memory while they wait: many approvals that wait together share a push. */
  readonly releaseWorkerWhile: ReleaseWorkerWhile;
}

/** The user who last changed the object: the author of commits that follow from that. */
export function changerOf({ object }: Pick<RevisionScope, "object">): Person {
  return personOf(object.metadata.annotations?.[ANNOTATION_CHANGED_BY]);
}

/** The key of the Repository that a package revision belongs to: `namespace/name`. */
export function repositoryKeyOf({ metadata, spec }: PackageRevision): string {
  return `${metadata.namespace}/${spec.packageRevID.repository}`;
}
