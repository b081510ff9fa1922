import {
  isPackageRevisionSpec,
  type PackageRevision,
  PKG_GROUP,
  packageRevisionKind,
} from "../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CHANGED_BY, LABEL_LATEST } from "../../api/v1alpha1/well-known.ts";
import { CATALOG_TARGET } from "../identity/location.ts";
import type { MetadataPrefixes } from "../revision/metadata-keys.ts";
import { recordedLifecycle } from "../revision/plan.ts";
import { type RecordedMetadata, usersPart } from "../revision/recorded-metadata.ts";
import type { Discovered } from "./package-index.ts";

/** The metadata that Git has of a revision or draft; undefined if the operator recorded none. */
export function metadataOf(found: Discovered): RecordedMetadata | undefined {
  return found.kind === "draft" ? found.metadata : found.trailers?.metadata;
}

/**
 * The object of a revision or draft that was discovered in Git, with the metadata that the operator recorded. Only the
 * users' part of them is restored, and only if it is valid: another version of the operator may have written it.
 *
 * @param facts `bare`: without recorded metadata, if the API server rejects it; `prefixes`: of the Repository.
 */
export function objectFor(
  found: Discovered,
  at: {
    readonly name: string;
    readonly namespace: string;
    readonly repository: string;
    readonly workspace: string;
    readonly finalizer: string;
  },
  facts: { readonly latest: boolean; readonly bare: boolean; readonly prefixes: MetadataPrefixes },
): PackageRevision {
  const { spec, labels, annotations } = facts.bare ? {} : usersPart(metadataOf(found) ?? {}, facts.prefixes);
  const published = found.kind === "published";
  const packageRevID = {
    target: found.location.target ?? CATALOG_TARGET,
    repository: at.repository,
    ...(found.location.realm !== undefined && { realm: found.location.realm }),
    package: found.location.package,
    ...(published && { revision: found.revision }),
    workspace: at.workspace,
  };
  const own = { packageRevID, lifecycle: published ? "published" : recordedLifecycle(found) } as const;
  const restored = { ...spec, ...own };
  return {
    apiVersion: `${PKG_GROUP}/${packageRevisionKind.version}`,
    kind: packageRevisionKind.kind,
    metadata: {
      name: at.name,
      namespace: at.namespace,
      finalizers: [at.finalizer],
      labels: { ...labels, ...(facts.latest && { [LABEL_LATEST]: "true" }) },
      // Nobody has changed the object of a draft: an absent record would mean that this is not known.
      ...((annotations !== undefined || !published) && {
        annotations: { ...annotations, ...(!published && { [ANNOTATION_CHANGED_BY]: "" }) },
      }),
    },
    spec: isPackageRevisionSpec(restored) ? restored : own,
  };
}
