import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { locationOf, packagePath } from "../../core/identity/location.ts";
import { availableUpgrade } from "../../core/revision/available-upgrade.ts";
import { recordedLock } from "../../core/revision/upstream-lock.ts";
import type { RevisionDependencies } from "./dependencies.ts";
import { reportsUpgrade } from "./predicates.ts";
import type { StepResult } from "./steps/step.ts";

/**
 * `status.upgrade` of a package revision, by its lock. As it is in status while the upstream's Repository is not read.
 */
export function upgradeOf(
  { registry }: Pick<RevisionDependencies, "registry">,
  object: PackageRevision,
): string | undefined {
  const { status, spec, metadata } = object;
  const lock =
    status?.upstreamLock === undefined ? undefined : recordedLock({ spec, upstreamLock: status.upstreamLock });
  if (lock === undefined || !reportsUpgrade(object)) return undefined;
  const store = registry.get(`${metadata.namespace}/${lock.repository}`)?.store;
  if (store === undefined) return status?.upgrade;
  return availableUpgrade(lock, store.latest(packagePath(store.layout, locationOf(lock, store.layout))));
}

/** The results of all steps, with what the upstream of the revision has by then. */
export function withUpgrade(
  dependencies: Pick<RevisionDependencies, "registry">,
  object: PackageRevision,
  results: readonly StepResult[],
): readonly StepResult[] {
  const last = results.at(-1);
  if (last === undefined) return results;
  const changed: StepResult["status"] = Object.assign({}, ...results.map(({ status }) => status));
  const current = results.findLast((one) => one.object !== undefined)?.object ?? object;
  const status = { ...current.status, ...changed } as NonNullable<PackageRevision["status"]>;
  const upgrade = upgradeOf(dependencies, { ...current, status });
  return [...results.slice(0, -1), { ...last, status: { ...last.status, upgrade } }];
}
