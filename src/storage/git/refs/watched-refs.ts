import { forEachInTurns } from "../../../event-loop/turns.ts";
import { type Ref, type RefChange, RefTable } from "./ref-table.ts";

/** A mirror's refs in memory. Watchers are called with the full name of each ref that is created, moved or deleted. */
export class WatchedRefs {
  #table = new RefTable();
  readonly #watchers = new Set<(ref: string) => void>();

  /** Full name → ref. A live view until `replaceAll`. */
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
  async load(refs: readonly Ref[]): Promise<void> {
    await forEachInTurns(refs, (ref) => this.#table.set(ref));
  }

  /** Sets a ref, or deletes it if `after` is undefined. */
  apply(name: string, after: Ref | undefined): RefChange {
    const before = this.#table.refs.get(name);
    if (after === undefined) this.#table.delete(name);
    else this.#table.set(after);
    if (before?.oid !== after?.oid) for (const watcher of this.#watchers) watcher(name);
    return { ref: name, ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
  }

  /**
   * Sets all refs at once: they are compared and indexed in many turns of the event loop, in which the refs stay as
   * they were. No other change may be made meanwhile. Returns the changes.
   */
  async replaceAll(refs: readonly Ref[]): Promise<RefChange[]> {
    const before = this.#table;
    const next = new RefTable();
    const changes: RefChange[] = [];
    await forEachInTurns(refs, (after) => {
      next.set(after);
      const known = before.refs.get(after.name);
      if (known?.oid !== after.oid)
        changes.push({ ref: after.name, ...(known !== undefined && { before: known }), after });
    });
    await forEachInTurns(before.refs.values(), (known) => {
      if (!next.refs.has(known.name)) changes.push({ ref: known.name, before: known });
    });
    this.#table = next;
    for (const watcher of this.#watchers) for (const { ref } of changes) watcher(ref);
    return changes;
  }
}
