import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { isDiscovered, isPublished } from "../../core/variants/observation.ts";
import { isSynced } from "../../core/variants/repositories-problem.ts";

/** True if a user has changed, replaced or deleted the variant: our own writes, of status and finalizer, do neither. */
export function specOrDeletionChanged(next: PackageVariant, previous: PackageVariant): boolean {
  return (
    next.metadata.uid !== previous.metadata.uid ||
    next.metadata.generation !== previous.metadata.generation ||
    next.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp
  );
}

/** True if other revisions of the package are published than before, or are to be deleted. */
export function publishedChanged(next: PackageRevision | undefined, previous: PackageRevision | undefined): boolean {
  const [now, before] = [next, previous].map((one) =>
    one !== undefined && isPublished(one) ? `${one.status?.revision} ${one.status?.lifecycle}` : undefined,
  );
  return now !== before;
}

/** True if the revision was found in Git, and it is read now what it is; or the other way round. */
export function discoveredChanged(next: PackageRevision | undefined, previous: PackageRevision | undefined): boolean {
  const [now, before] = [next, previous].map((one) => one !== undefined && isDiscovered(one));
  return now !== before;
}

/** True if variants may begin or end to use the Repository. */
export function usabilityChanged(next: Repository | undefined, previous: Repository | undefined): boolean {
  const [now, before] = [next, previous].map(
    (one) => one !== undefined && one.metadata.deletionTimestamp === undefined && isSynced(one),
  );
  return now !== before || (next === undefined) !== (previous === undefined);
}
