import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { sha256Hex } from "../identity/hash.ts";
import { type CommitMetadata, recordedMetadataOf } from "./commit-trailers.ts";

/** `sha256:…` over the users' part of an object: what status keeps of it once Git has recorded it. */
export function metadataDigest(object: PackageRevision): string {
  return `sha256:${sha256Hex(usersJson(recordedMetadataOf(object)))}`;
}

/**
 * Whether there is nothing more of the object to record on a branch with this trailers. What another operator has recorded there, of an
 * object of its own (of another cluster, or another namespace), stays until something is changed here: they would go on
 * replacing each other's for ever.
 */
export function isRecorded(object: PackageRevision, trailers: CommitMetadata | undefined): boolean {
  if (usersJson(trailers?.metadata ?? {}) === usersJson(recordedMetadataOf(object))) return true;
  return trailers !== undefined && object.status?.metadataDigest === metadataDigest(object);
}

/** What status keeps of an object that was found in Git: nothing where there is more to record. */
export function recordedAs(
  object: PackageRevision,
  trailers: CommitMetadata | undefined,
): { readonly metadataDigest?: string } {
  return isRecorded(object, trailers) ? { metadataDigest: metadataDigest(object) } : {};
}

function usersJson({ spec, labels, annotations }: CommitMetadata["metadata"]): string {
  return canonicalJson({ spec, labels, annotations });
}
