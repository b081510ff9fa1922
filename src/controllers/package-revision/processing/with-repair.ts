import type { PackageStore } from "../../../core/ports/package-store.ts";
import { isMirrorDamage } from "../../../storage/git/errors.ts";

/**
 * Reads what a run needs; once more from a new copy of the repository, if something is missing in the local one: no
 * reconcile sees that error, which would have it repaired.
 */
export async function withRepair<T>(store: Pick<PackageStore, "repair">, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isMirrorDamage(error)) throw error;
    await store.repair();
    return await read();
  }
}
