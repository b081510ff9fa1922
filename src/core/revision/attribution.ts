import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import type { Attribution } from "../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_CHANGED_BY } from "../../api/v1alpha1/well-known.ts";
import type { PolicyState } from "../admission/policy-state.ts";
import { isEdited } from "./page-versions.ts";

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

/** Each edit is a generation; the first one is the operator's. */
export function mayLackEditors({ metadata, status }: PackageRevisionResources): boolean {
  return metadata.generation !== 1 && status?.attribution !== "Complete";
}

/**
 * True if a commit of these contents must say that it may have editors without a name: objects that are created again
 * from Git have no other record of that.
 *
 * @param isRecorded The commit before has the object's metadata already.
 */
export function mayLackNames(
  policies: PolicyState,
  object: PackageRevision,
  pages: readonly PackageRevisionResources[],
  isRecorded: boolean,
): boolean {
  // Whatever names there are, nobody has checked them.
  if (policies.kind === "missing") return !isRecorded || pages.some(isEdited);
  // Else admission has added each name.
  if (policies.kind !== "enforced" || policies.withoutNames !== true) return false;
  return pages.some(mayLackEditors) || mayLackChangers(object, isRecorded);
}

function mayLackChangers(object: PackageRevision, isRecorded: boolean): boolean {
  if (object.status?.attribution === "Complete" || isAttributedSoFar(object)) return false;
  // Made again from Git, with an empty record, and not changed since.
  return object.metadata.annotations?.[ANNOTATION_CHANGED_BY] !== "" || !isRecorded;
}
