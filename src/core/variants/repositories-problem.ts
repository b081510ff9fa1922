import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { VariantObservation } from "./observation.ts";
import { report, type VariantReport } from "./report.ts";

/**
 * Why nothing can be decided: a Repository that is missing, being deleted or not read yet. Before all of its package
 * revisions have objects, the newest one is not known, and a package may seem not to exist.
 */
export function repositoriesProblem(
  observation: Pick<VariantObservation, "variant" | "upstreamRepository" | "downstreamRepository" | "behindGit">,
): VariantReport | undefined {
  const { variant, upstreamRepository, downstreamRepository } = observation;
  const { upstream, downstream } = variant.spec;
  return (
    problemOf("upstream", upstream.repository, upstreamRepository) ??
    problemOf("downstream", downstream.repository, downstreamRepository) ??
    behindProblem(observation.behindGit)
  );
}

function problemOf(field: string, name: string, repository: Repository | undefined): VariantReport | undefined {
  if (repository === undefined || repository.metadata.deletionTimestamp !== undefined) {
    const message = `spec.${field}: no Repository ${name} in this namespace`;
    return report("stalled", "RepositoryNotFound", message);
  }
  if (isSynced(repository)) return undefined;
  const ready = repository.status?.conditions?.find(({ type }) => type === "Ready");
  const why = ready === undefined || ready.status === "True" ? "" : `: ${ready.reason}: ${ready.message}`;
  return report("reconciling", "RepositoryNotReady", `spec.${field}: Repository ${name} is not read yet${why}`);
}

function behindProblem([field]: VariantObservation["behindGit"] = []): VariantReport | undefined {
  if (field === undefined) return undefined;
  const message = `spec.${field}: the latest revision in Git is not shown yet`;
  return report("reconciling", "RepositoryNotReady", message);
}

/** True once all package revisions of the Repository, as its spec is now, have been found. */
export function isSynced({ metadata, status }: Repository): boolean {
  return status?.lastSyncTime !== undefined && status.observedGeneration === metadata.generation;
}
