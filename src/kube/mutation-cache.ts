import type { KubeObject } from "../api/meta.ts";

/**
 * Objects as our own writes left them, until the watch has caught up: a reconcile that follows a write at once does not
 * decide on what was before it.
 */
export class MutationCache<T extends KubeObject> {
  readonly #written = new Map<string, T>();

  keep(key: string, object: T): void {
    this.#written.set(key, object);
  }

  drop(key: string): void {
    this.#written.delete(key);
  }

  /** The newer of what we wrote and what the store has. */
  newer(key: string, stored: T | undefined): T | undefined {
    const written = this.#written.get(key);
    if (written === undefined) return stored;
    if (
      stored === undefined ||
      stored.metadata.uid !== written.metadata.uid ||
      versionOf(stored) >= versionOf(written)
    ) {
      this.#written.delete(key);
      return stored;
    }
    return written;
  }
}

/** Resource versions of one resource are ordered numbers (KEP-5504). */
function versionOf(object: KubeObject): bigint {
  return BigInt(object.metadata.resourceVersion ?? 0);
}
