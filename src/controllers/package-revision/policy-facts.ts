import type { PackageStore } from "../../core/ports/package-store.ts";
import { isTagOnly } from "../../core/repository/tag-only.ts";
import { asksForPaths } from "../../core/revision/approvals/required-approvals.ts";
import { freezeAt } from "../../core/revision/freezes.ts";
import type { Observation } from "../../core/revision/observation.ts";

/**
 * Adds what the policy of the Repository asks about a proposal: the files that it changes, where a rule of approvals is
 * about them, and the freeze that is on.
 */
export async function withPolicyFacts(
  store: Pick<PackageStore, "changedFiles"> | undefined,
  now: number,
  observation: Observation,
): Promise<Observation> {
  const { object, repository, view } = observation;
  const isProposed = object.status?.lifecycle === "proposed" && view?.found?.kind === "draft";
  if (store === undefined || !isProposed) return observation;
  const { freeze: _before, ...rest } = observation;
  const freeze = freezeAt(repository?.spec.freezes ?? [], now);
  const facts = { ...rest, ...(freeze !== undefined && { freeze }) };
  if (!asksForPaths(observation)) return facts;
  const onMain = !isTagOnly(repository);
  return { ...facts, changedFiles: await store.changedFiles(view, view.found, onMain) };
}
