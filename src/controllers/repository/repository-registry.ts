import type { RepositoryCache } from "./repository-cache.ts";

/** The Repositories that have been read, by `namespace/name`: what the controllers know of Git in common. */
export class RepositoryRegistry {
  readonly #states = new Map<string, RepositoryCache>();

  get(key: string): RepositoryCache | undefined {
    return this.#states.get(key);
  }

  set(state: RepositoryCache): void {
    this.#states.set(state.key, state);
  }

  delete(key: string): void {
    this.#states.delete(key);
  }
}
