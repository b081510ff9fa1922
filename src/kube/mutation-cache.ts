import type { KubeObject } from "../api/meta.ts";

/**
 * Objects as returned by our own writes, until the watch has delivered them: a reconcile right after a write must not
 * decide on the version before it.
 */
export class MutationCache<T extends KubeObject> {
  readonly #written = new Map<string, T>();

  keep(key: string, object: T): void {
    this.#written.set(key, object);
  }

  drop(key: string): void {
    this.#written.delete(key);
  }

  /** The newer of the object that we wrote and the cached one. */
  newer(key: string, cached: T | undefined): T | undefined {
    const written = this.#written.get(key);
    if (written === undefined) return cached;
    if (
      cached === undefined ||
      cached.metadata.uid !== written.metadata.uid ||
      versionOf(cached) >= versionOf(written)
    ) {
      this.#written.delete(key);
      return cached;
    }
    return written;
  }
}

/** The resource versions of one resource are ordered integers (KEP-5504). */
function versionOf(object: KubeObject): bigint {
  return BigInt(object.metadata.resourceVersion ?? 0);
}
