import type { Oid } from "../../../core/identity/oid.ts";

const MAX_COMMITS = 10_000;

/**
 * Commits that change nothing but the package's own files: those that proposals made, and those that were checked. A
 * check starts a git process, and each approval asks.
 */
export class ConfinedCommits {
  /** Path and commit. */
  readonly #known = new Set<string>();

  has(path: string, commit: Oid): boolean {
    return this.#known.has(`${path} ${commit}`);
  }

  add(path: string, commit: Oid): void {
    if (this.#known.size >= MAX_COMMITS) this.#known.clear();
    this.#known.add(`${path} ${commit}`);
  }
}
