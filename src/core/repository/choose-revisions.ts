import type { Discovered } from "./package-index.ts";

/** The package revisions that get an object, and those beyond the limit of the Repository. */
export interface Choice {
  readonly chosen: readonly Discovered[];
  readonly left: readonly Discovered[];
}

/**
 * Collects package revisions without an object, to choose the first `room` of them: the newest of each package, then
 * all drafts, then the second newest of each package, and so on; in their order among equals.
 */
export class RevisionChoice {
  /** By rank. */
  readonly #ranked: Discovered[][] = [];
  readonly #seen = new Map<string, number>();

  /** To be called for every package revision, with an object or without, the newest of a package first. */
  add(found: Discovered, isShown: boolean): void {
    const rank = this.#rankOf(found);
    if (isShown) return;
    this.#ranked[rank] ??= [];
    this.#ranked[rank].push(found);
  }

  choose(room: number): Choice {
    const inOrder = this.#ranked.flat();
    return { chosen: inOrder.slice(0, room), left: inOrder.slice(room) };
  }

  #rankOf({ kind, path }: Discovered): number {
    if (kind === "draft") return 1;
    const newer = this.#seen.get(path) ?? 0;
    this.#seen.set(path, newer + 1);
    return newer === 0 ? 0 : newer + 1;
  }
}
