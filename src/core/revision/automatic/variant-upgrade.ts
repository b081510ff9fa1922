import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../../api/v1alpha1/package-variant.ts";
import { isSameJson } from "../../identity/same-json.ts";
import { isEditedDraft, isMade, isOwnedBy } from "../../variants/ownership.ts";
import type { RecordedMetadata } from "../recorded-metadata.ts";
import { type RecordedPair, strategyOf, upgradeLevel } from "./upgrade-level.ts";

/** What Git says of a proposal. */
export interface RecordedUpgrade {
  readonly isEdited: boolean;
  readonly recorded: RecordedPair;
}

/** A proposal, with the objects that the operator compares it with. */
export interface VariantProposal extends RecordedUpgrade {
  readonly object: PackageRevision;
  /** The variant that the proposal says it is of, if that exists. */
  readonly variant: PackageVariant | undefined;
  /** The object of the published revision. */
  readonly previous: PackageRevision | undefined;
}

/**
 * Why a proposal is not just a newer revision of the upstream, made by the variant that has made the published one;
 * undefined if it is. Labels and annotations have been compared. Throws `JsonTooDeepError`.
 */
export function variantProblem({ object, variant, previous, ...recorded }: VariantProposal): string | undefined {
  if (variant === undefined || variant.metadata.deletionTimestamp !== undefined || !isOwnedBy(variant, object)) {
    return "it was made by no PackageVariant that is there";
  }
  const { workspace: _workspace, revision: _revision, ...downstream } = object.spec.packageRevID;
  if (!isSameJson(downstream, variant.spec.downstream)) return "its PackageVariant is for another package now";
  if (previous === undefined || !isOwnedBy(variant, previous) || !isMade(previous)) {
    return `the published revision was not made by PackageVariant ${variant.metadata.name}`;
  }
  return isEditedDraft(object) ? EDITED : upgradeProblem(recorded);
}

const EDITED = "it was edited";

/** The part of `variantProblem` that Git alone can answer. */
export function upgradeProblem({ isEdited, recorded }: RecordedUpgrade): string | undefined {
  const { before, after } = recorded;
  if (isEdited) return EDITED;
  if (!isSameJson(packageOf(before), packageOf(after))) return "it has another upstream";
  if (strategyOf(before) !== strategyOf(after)) return "it has another upgradeStrategy";
  const level = upgradeLevel(recorded);
  return level === "none" || level === "other" ? "its upstream is no newer revision of the same package" : undefined;
}

function packageOf({ spec }: RecordedMetadata): object {
  const { revision: _revision, ...named } = spec?.upstream ?? {};
  return named;
}
