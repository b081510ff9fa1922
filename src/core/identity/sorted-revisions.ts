import sorted from "sorted-btree";
import { compareRevisions } from "./revision.ts";

const { default: BTree } = sorted;

/**
 * Published revisions' numbers (`vX` or `vX.Y.Z`) in order. The cost of each operation is logarithmic in their count.
 */
export class SortedRevisions {
  readonly #tree = new BTree<string, true>(undefined, compareRevisions);

  get size(): number {
    return this.#tree.size;
  }

  /** The newest; undefined without revisions. */
  get latest(): string | undefined {
    return this.#tree.maxKey();
  }

  get oldest(): string | undefined {
    return this.#tree.minKey();
  }

  add(revision: string): void {
    this.#tree.set(revision, true);
  }

  delete(revision: string): void {
    this.#tree.delete(revision);
  }

  /** The newest of those that are older than the given one. */
  before(revision: string): string | undefined {
    return this.#tree.nextLowerKey(revision);
  }

  *newestFirst(): Iterable<string> {
    for (const [revision] of this.#tree.entriesReversed()) yield revision;
  }

  /** The oldest first. */
  [Symbol.iterator](): Iterator<string> {
    return this.#tree.keys();
  }
}
