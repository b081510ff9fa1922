import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Attribution } from "../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_CHANGED_BY } from "../../api/v1alpha1/well-known.ts";

/**
 * `status.attribution`, which the operator writes and admission reads: while it is set, every change must name its
 * user. `Partial` stays: who made earlier changes is never known later.
 *
 * @param isComplete whether all changes so far are attributed
 */
export function nextAttribution(
  isRequired: boolean,
  before: Attribution | undefined,
  isComplete: boolean,
): Attribution | undefined {
  if (!isRequired) return undefined;
  return before ?? (isComplete ? "Complete" : "Partial");
}

/**
 * True if whoever created the object, and changed it since, is recorded. Before the first status write, admission
 * requires a name for each change, and lets only the creation begin the record. Objects that the operator created
 * begin with an empty one.
 */
export function isAttributedSoFar({ metadata, status }: PackageRevision): boolean {
  const isNew = (status?.observedGeneration ?? -1) < 0;
  return isNew && metadata.annotations?.[ANNOTATION_CHANGED_BY] !== undefined;
}
