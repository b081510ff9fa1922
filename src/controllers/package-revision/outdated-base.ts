import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionStatus } from "../../api/v1alpha1/package-revision-status.ts";
import { locationOf, packagePath } from "../../core/identity/location.ts";
import { outdatedBy } from "../../core/revision/rebase.ts";
import type { RevisionDependencies } from "./dependencies.ts";
import { repositoryKeyOf } from "./repository-of.ts";
import type { StepResult } from "./steps/step.ts";

type Dependencies = Pick<RevisionDependencies, "registry">;

/** `status.outdatedBy` of a draft or proposal; unchanged while the Repository is not read. */
function outdatedByOf({ registry }: Dependencies, object: PackageRevision): string | undefined {
  const { status, spec } = object;
  if (status?.lifecycle !== "draft" && status?.lifecycle !== "proposed") return undefined;
  const store = registry.get(repositoryKeyOf(object))?.store;
  if (store === undefined) return status.outdatedBy;
  return outdatedBy(status.base, store.latest(packagePath(store.layout, locationOf(spec.packageRevID, store.layout))));
}

/** True if `status.outdatedBy` is not up to date. */
export function outdatedChanged(dependencies: Dependencies, object: PackageRevision): boolean {
  return outdatedByOf(dependencies, object) !== object.status?.outdatedBy;
}

/** Adds `status.outdatedBy` to the results of all steps, for the base and the latest revision after them. */
export function withOutdated(
  dependencies: Dependencies,
  object: PackageRevision,
  results: readonly StepResult[],
): readonly StepResult[] {
  const last = results.at(-1);
  if (last === undefined) return results;
  const changed: StepResult["status"] = Object.assign({}, ...results.map(({ status }) => status));
  const status = { ...object.status, ...changed } as PackageRevisionStatus;
  const changes = { ...last.status, outdatedBy: outdatedByOf(dependencies, { ...object, status }) };
  return [...results.slice(0, -1), { ...last, status: changes }];
}
