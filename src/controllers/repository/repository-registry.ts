import type { RepositoryState } from "./repository-cache.ts";

/** The Repositories that have been read, by `namespace/name`: what the controllers know of Git in common. */
export class RepositoryStates {
  readonly #states = new Map<string, RepositoryState>();

  get(key: string): RepositoryState | undefined {
    return this.#states.get(key);
  }

  set(state: RepositoryState): void {
    this.#states.set(state.key, state);
  }

  delete(key: string): void {
    this.#states.delete(key);
  }
}
