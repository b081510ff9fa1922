import { type Ref, type RefChange, RefTable } from "./ref-table.ts";

/** A mirror's refs in memory. Watchers are called with the full name of each ref that is created, moved or deleted. */
export class WatchedRefs {
  readonly #table = new RefTable();
  readonly #watchers = new Set<(ref: string) => void>();

  /** Full name → ref. A live view. */
  get refs(): ReadonlyMap<string, Ref> {
    return this.#table.refs;
  }

  /** Returns a function that removes the watcher. */
  watch(watcher: (ref: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** See `RefTable.findConflict`. */
  findConflict(name: string): string | undefined {
    return this.#table.findConflict(name);
  }

  /** Adds refs without calling watchers. */
  load(refs: readonly Ref[]): void {
    for (const ref of refs) this.#table.set(ref);
  }

  /** Sets a ref, or deletes it if `after` is undefined. */
  apply(name: string, after: Ref | undefined): RefChange {
    const before = this.#table.refs.get(name);
    if (after === undefined) this.#table.delete(name);
    else this.#table.set(after);
    if (before?.oid !== after?.oid) for (const watcher of this.#watchers) watcher(name);
    return { ref: name, ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
  }
}
