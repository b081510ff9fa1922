import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import { ANNOTATION_VARIANT, ANNOTATION_WRITTEN_SPEC } from "../../api/v1alpha1/well-known.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { sha256Hex } from "../identity/hash.ts";

/**
 * The annotation of package revisions that belong to a variant. Only the operator may write it, so that nobody makes a
 * variant delete what is not its own. The uid tells a variant from an earlier one of the name.
 */
export function ownerAnnotation({ metadata: { name, uid } }: PackageVariant): Readonly<Record<string, string>> {
  return { [ANNOTATION_VARIANT]: `${name}/${uid}` };
}

export function isOwnedBy(variant: PackageVariant, { metadata }: PackageRevision): boolean {
  return metadata.annotations?.[ANNOTATION_VARIANT] === ownerAnnotation(variant)[ANNOTATION_VARIANT];
}

/** True for a revision that a variant made, and did not adopt. An adoption ends what another variant has made. */
export function isMade({ metadata }: PackageRevision): boolean {
  return metadata.annotations?.[ANNOTATION_WRITTEN_SPEC] !== undefined;
}

/** The annotations of a revision that a variant adopts. */
export function adoptedAnnotations(variant: PackageVariant): Readonly<Record<string, string | null>> {
  return { ...ownerAnnotation(variant), [ANNOTATION_WRITTEN_SPEC]: null };
}

/** The name of the variant that a package revision belongs to; undefined if it belongs to none. */
export function variantNameOf({ metadata }: PackageRevision): string | undefined {
  return metadata.annotations?.[ANNOTATION_VARIANT]?.split("/")[0];
}

/** The value of the annotation `written-spec`. Throws `JsonTooDeepError`. */
export function writtenSpec(spec: Omit<PackageRevisionSpec, "lifecycle" | "approval">): string {
  return `sha256:${sha256Hex(canonicalJson(spec))}`;
}

/**
 * True if a user or a push has changed a draft since the operator created it: its files, or its spec but for the
 * lifecycle. Labels and annotations do not count. Throws `JsonTooDeepError`.
 */
export function isEditedDraft({ metadata, spec, status }: PackageRevision): boolean {
  if (status?.edited === true || status?.provenance === "External") return true;
  const { lifecycle: _lifecycle, approval: _approval, ...written } = spec;
  return metadata.annotations?.[ANNOTATION_WRITTEN_SPEC] !== writtenSpec(written);
}
