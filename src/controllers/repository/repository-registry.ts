import type { RepositoryCache } from "./repository-cache.ts";

/** The Repositories that have been read from Git, by `namespace/name`; shared by the controllers. */
export class RepositoryRegistry {
  readonly #caches = new Map<string, RepositoryCache>();

  all(): Iterable<RepositoryCache> {
    return this.#caches.values();
  }

  get(key: string): RepositoryCache | undefined {
    return this.#caches.get(key);
  }

  set(cache: RepositoryCache): void {
    this.#caches.set(cache.key, cache);
  }

  delete(key: string): void {
    this.#caches.delete(key);
  }
}
