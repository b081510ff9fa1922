import { ANNOTATION_VARIANT } from "../../api/v1alpha1/well-known.ts";
import type { PackageStore } from "../../core/ports/package-store.ts";
import type { DraftBranch } from "../../core/repository/classify-ref.ts";
import { isTagOnly } from "../../core/repository/tag-only.ts";
import { asksForPaths } from "../../core/revision/approvals/required-approvals.ts";
import { freezeAt } from "../../core/revision/freezes.ts";
import type { Observation } from "../../core/revision/observation.ts";
import { variantNameOf } from "../../core/variants/ownership.ts";
import type { RevisionDependencies } from "./dependencies.ts";
import { packageKey } from "./indexes.ts";
import { reviewOf } from "./processing/process-contents.ts";

/**
 * Adds what the policy of the Repository asks about a proposal: the files that it changes, where a rule of approvals is
 * about them, the freeze that is on, and what automatic rules look at.
 */
export async function withPolicyFacts(
  dependencies: RevisionDependencies,
  store: PackageStore | undefined,
  observation: Observation,
): Promise<Observation> {
  const { object, repository, view } = observation;
  const isProposed = object.status?.lifecycle === "proposed" && view?.found?.kind === "draft";
  if (store === undefined || !isProposed) return observation;
  const {
    freeze: _before,
    areRulesUnchecked: _unchecked,
    review: _review,
    variant: _variant,
    previous: _previous,
    ...rest
  } = observation;
  const freeze = freezeAt(repository?.spec.freezes ?? [], dependencies.now().getTime());
  const facts = { ...rest, ...(freeze !== undefined && { freeze }) };
  if (!asksForPaths(observation)) return facts;
  const onMain = !isTagOnly(repository);
  const { paths: changedFiles, modes: changedModes } = await store.changedFiles(view, view.found, onMain);
  const hasRules = (repository?.spec.approval?.automatic ?? []).length > 0;
  if (!hasRules) return { ...facts, changedFiles };
  const isUnchecked = repository !== undefined && !dependencies.rules.isChecked(repository);
  const ofRules = isUnchecked
    ? { areRulesUnchecked: true as const }
    : factsOfRules(dependencies, store, facts, view.found);
  return { ...facts, changedFiles, changedModes, ...ofRules };
}

function factsOfRules(
  dependencies: RevisionDependencies,
  store: PackageStore,
  observation: Observation,
  { trailers }: DraftBranch,
): Pick<Observation, "review" | "variant" | "previous"> {
  const { object, view } = observation;
  const review = reviewOf({ dependencies, store, observation, object }, trailers);
  const isOfVariant = object.metadata.annotations?.[ANNOTATION_VARIANT] !== undefined;
  const variant = isOfVariant && dependencies.variants.get(`${object.metadata.namespace}/${variantNameOf(object)}`);
  const revision = view?.latest?.revision;
  const previous = dependencies.revisions.byIndex("numbered", packageKey(object)).find(({ status }) => {
    return status?.revision === revision;
  });
  return {
    ...(review !== undefined && { review }),
    ...(variant && { variant }),
    ...(previous !== undefined && { previous }),
  };
}
