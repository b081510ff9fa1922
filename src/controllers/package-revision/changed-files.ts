import type { PackageStore } from "../../core/ports/package-store.ts";
import { asksForPaths } from "../../core/revision/approvals/required-approvals.ts";
import type { Observation } from "../../core/revision/observation.ts";

/** Adds the files that a proposal changes, where the Repository has a rule of approvals about them. */
export async function withChangedFiles(
  store: Pick<PackageStore, "changedFiles"> | undefined,
  observation: Observation,
): Promise<Observation> {
  const { object, repository, view } = observation;
  const isProposed = object.status?.lifecycle === "proposed" && view?.found?.kind === "draft";
  if (store === undefined || !isProposed || !asksForPaths(observation)) return observation;
  const onMain = repository?.spec.publish !== "tagOnly";
  return { ...observation, changedFiles: await store.changedFiles(view, view.found, onMain) };
}
