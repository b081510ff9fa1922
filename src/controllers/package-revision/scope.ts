import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CHANGED_BY, ANNOTATION_LIFECYCLE_CHANGED_BY } from "../../api/v1alpha1/well-known.ts";
import { type Person, personOf } from "../../core/identity/person.ts";
import { recordedNames } from "../../core/identity/recorded-names.ts";
import type { Admit } from "../../core/ports/package-store.ts";
import { type MetadataPrefixes, metadataPrefixesOf } from "../../core/revision/metadata-keys.ts";
import type { Observation } from "../../core/revision/observation.ts";
import type { ReleaseWorkerWhile } from "../../runtime/reconcile.ts";
import type { RepositoryPackages, RevisionDependencies } from "./dependencies.ts";
import type { Contents } from "./resources/contents.ts";

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
  /** For every package that the reconcile holds in memory. */
  readonly admit: Admit;
}

/** The prefixes of the labels and annotations that are a part of the revision. */
export function prefixesOf({ observation }: Pick<RevisionScope, "observation">): MetadataPrefixes {
  return metadataPrefixesOf(observation.repository);
}

/** The object, as commits and tags name it. */
export function uidOf({ metadata: { uid } }: PackageRevision): { readonly uid?: string } {
  return uid === undefined ? {} : { uid };
}

/** The user who last changed spec, labels or annotations: the author of commits that record them. */
export function changerOf({ object }: Pick<RevisionScope, "object">): Person {
  return personOf(changersOf(object).at(-1));
}

/** The users who changed spec, labels or annotations, the last one last. */
export function changersOf(object: PackageRevision): readonly string[] {
  return recordedNames(object.metadata.annotations?.[ANNOTATION_CHANGED_BY]);
}

/** The user who last changed the desired lifecycle: the author of the commit that follows from that. */
export function lifecycleChangerOf({ object }: Pick<RevisionScope, "object">): Person {
  return personOf(object.metadata.annotations?.[ANNOTATION_LIFECYCLE_CHANGED_BY]);
}
