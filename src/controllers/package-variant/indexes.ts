import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant, PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import { packageKey as packageKeyIn } from "../../core/identity/revision-key.ts";
import { variantNameOf } from "../../core/variants/ownership.ts";
import { keysOf } from "../shared/indexes.ts";

/** A package, as a variant names it. */
export type Place = PackageVariantSpec["upstream"] | PackageVariantSpec["downstream"];

/** Equal for a package and for the revisions of it. */
export function placeKey(namespace: string, place: Place): string {
  return `${namespace}/${packageKeyIn(place.repository, place)}`;
}

export const variantIndexes = {
  downstream: ({ metadata, spec }: PackageVariant) => [placeKey(metadata.namespace, spec.downstream)],
  upstream: ({ metadata, spec }: PackageVariant) => [placeKey(metadata.namespace, spec.upstream)],
  /** `namespace/name` of both Repositories. */
  repository: ({ metadata, spec }: PackageVariant) =>
    [...new Set([spec.upstream.repository, spec.downstream.repository])].flatMap((name) =>
      keysOf(metadata.namespace, name),
    ),
};
export type VariantIndex = keyof typeof variantIndexes;

export const downstreamIndexes = {
  package: ({ metadata, spec }: PackageRevision) => [placeKey(metadata.namespace, spec.packageRevID)],
  /** `namespace/name` of the variant that it belongs to, or did. */
  variant: (object: PackageRevision) => keysOf(object.metadata.namespace, variantNameOf(object)),
};
export type DownstreamIndex = keyof typeof downstreamIndexes;
