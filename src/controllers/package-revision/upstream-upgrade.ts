import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { formatCounts } from "../../core/files/file-counts.ts";
import { locationOf, packagePath } from "../../core/identity/location.ts";
import type { PackageStore } from "../../core/ports/package-store.ts";
import { availableUpgrade } from "../../core/revision/available-upgrade.ts";
import { type NamedLock, recordedLock, upstreamOf } from "../../core/revision/upstream-lock.ts";
import { GitError } from "../../storage/git/errors.ts";
import type { RevisionDependencies } from "./dependencies.ts";
import { reportsUpgrade } from "./predicates.ts";
import type { StepResult } from "./steps/step.ts";

type Dependencies = Pick<RevisionDependencies, "registry">;
type UpgradeStatus = Pick<NonNullable<PackageRevision["status"]>, "upgrade" | "upgradeChanges">;

/** What a package revision was made from. `store`: undefined while the Repository of that is not read. */
interface Origin {
  readonly lock: NamedLock;
  readonly store: PackageStore | undefined;
}

/**
 * `status.upgrade` of a package revision, by its lock. As it is in status while the upstream's Repository is not read.
 */
function upgradeOf(dependencies: Dependencies, object: PackageRevision): string | undefined {
  const origin = originOf(dependencies, object);
  if (origin === undefined) return undefined;
  const { lock, store } = origin;
  return store === undefined ? object.status?.upgrade : availableUpgrade(lock, latestOf(store, lock));
}

/** True if `status.upgrade` should be another one, or is one of these refs: a tag that was moved has other files. */
export function upgradeChanged(
  dependencies: Dependencies,
  object: PackageRevision,
  refs: { readonly has: (ref: string) => boolean },
): boolean {
  const upgrade = upgradeOf(dependencies, object);
  if (upgrade !== object.status?.upgrade) return true;
  const { lock, store } = originOf(dependencies, object) ?? {};
  const latest = lock && store && latestOf(store, lock);
  return upgrade !== undefined && latest !== undefined && refs.has(latest.ref);
}

/** The results of all steps, with what the upstream of the revision has by then. */
export async function withUpgrade(
  dependencies: Dependencies,
  object: PackageRevision,
  results: readonly StepResult[],
): Promise<readonly StepResult[]> {
  const last = results.at(-1);
  if (last === undefined) return results;
  const changed: StepResult["status"] = Object.assign({}, ...results.map(({ status }) => status));
  const current = results.findLast((one) => one.object !== undefined)?.object ?? object;
  const status = { ...current.status, ...changed } as NonNullable<PackageRevision["status"]>;
  const { upgrade, upgradeChanges } = await describeUpgrade(dependencies, { ...current, status });
  return [...results.slice(0, -1), { ...last, status: { ...last.status, upgrade, upgradeChanges } }];
}

async function describeUpgrade(dependencies: Dependencies, object: PackageRevision): Promise<UpgradeStatus> {
  const upgrade = upgradeOf(dependencies, object);
  const origin = originOf(dependencies, object);
  if (upgrade === undefined || origin === undefined) return {};
  const { lock, store } = origin;
  const upgradeChanges = store === undefined ? object.status?.upgradeChanges : await changesSince(lock, store);
  return { upgrade, ...(upgradeChanges !== undefined && { upgradeChanges }) };
}

/** Undefined if the files cannot be compared: that is no reason to hold back the package that was made from them. */
async function changesSince(lock: NamedLock, store: PackageStore): Promise<string | undefined> {
  try {
    const latest = latestOf(store, lock);
    const before = await store.findUpstreamAt(upstreamOf(lock), lock.commit);
    if (latest === undefined || before.kind === "missing") return undefined;
    return formatCounts(await store.countChanges(pathOf(store, lock), before.source, latest));
  } catch (error) {
    if (error instanceof GitError) return undefined;
    throw error;
  }
}

function originOf({ registry }: Dependencies, object: PackageRevision): Origin | undefined {
  const { status, spec, metadata } = object;
  const lock =
    status?.upstreamLock === undefined ? undefined : recordedLock({ spec, upstreamLock: status.upstreamLock });
  if (lock === undefined || !reportsUpgrade(object)) return undefined;
  return { lock, store: registry.get(`${metadata.namespace}/${lock.repository}`)?.store };
}

function latestOf(store: PackageStore, lock: NamedLock) {
  return store.latest(pathOf(store, lock));
}

function pathOf({ layout }: PackageStore, lock: NamedLock): string {
  return packagePath(layout, locationOf(lock, layout));
}
