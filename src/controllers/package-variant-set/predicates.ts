import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { PackageVariantSet } from "../../api/v1alpha1/package-variant-set.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import {
  ANNOTATION_CHANGED_BY,
  ANNOTATION_CONFIRM_REMOVALS,
  ANNOTATION_ROLLOUT,
} from "../../api/v1alpha1/well-known.ts";
import { isSameJson } from "../../core/identity/same-json.ts";

/** True if a user has changed or replaced the set, or confirmed or decided something. */
export function specOrConfirmationChanged(next: PackageVariantSet, previous: PackageVariantSet): boolean {
  return (
    next.metadata.uid !== previous.metadata.uid ||
    next.metadata.generation !== previous.metadata.generation ||
    next.metadata.deletionTimestamp !== previous.metadata.deletionTimestamp ||
    [ANNOTATION_CONFIRM_REMOVALS, ANNOTATION_ROLLOUT, ANNOTATION_CHANGED_BY].some(
      (key) => next.metadata.annotations?.[key] !== previous.metadata.annotations?.[key],
    )
  );
}

/** True if what is a target may have changed, or its values. */
export function targetsChanged(next: Repository | undefined, previous: Repository | undefined): boolean {
  const [now, before] = [next, previous].map((one) => {
    if (one === undefined) return null;
    const { labels = {}, annotations = {}, deletionTimestamp } = one.metadata;
    return { labels, annotations, isDeleted: deletionTimestamp !== undefined };
  });
  return !isSameJson(now ?? null, before ?? null);
}

/** True if the variant itself has changed, and not only what is counted of it. */
export function specChanged(next: PackageVariant | undefined, previous: PackageVariant | undefined): boolean {
  return (
    next?.metadata.generation !== previous?.metadata.generation ||
    next?.metadata.deletionTimestamp !== previous?.metadata.deletionTimestamp
  );
}

/** True if what a set counts of a variant may have changed: the reason of Ready, and of which spec that is. */
export function countChanged(next: PackageVariant, previous: PackageVariant): boolean {
  return (
    readyReason(next) !== readyReason(previous) ||
    next.status?.observedGeneration !== previous.status?.observedGeneration
  );
}

/** The reason of Ready. */
export function readyReason({ status }: PackageVariant): string | undefined {
  return status?.conditions?.find(({ type }) => type === "Ready")?.reason;
}
