import type { Oid } from "../../../core/identity/oid.ts";
import { isTooLarge } from "../errors.ts";
import type { ObjectReader } from "../objects/object-reader.ts";

/** Commits that are read for one answer. */
const MAX_READS = 128;
/**
 * Commits that are looked at for one answer. The parents of most are known: `main` has one more for each publication of
 * a fleet, and the drafts that wait all began from an earlier one.
 */
const MAX_STEPS = 5_000;
/** Commits whose parents are remembered. */
const MAX_KNOWN = 20_000;

/** One of two histories. */
interface Side {
  readonly seen: Set<Oid>;
  /** The next commit that is looked at; undefined after a root, and after a merge, below which nothing is. */
  last: Oid | undefined;
}

/**
 * Answers for commits whose histories are linear up to where they meet: a draft and the `main` that it began from. A
 * git process takes longer than reading a few commits, and every proposal asks.
 */
export class LinearHistory {
  readonly #reader: Pick<ObjectReader, "parents">;
  /** Parents never change. */
  readonly #parents = new Map<Oid, readonly Oid[]>();

  constructor(reader: Pick<ObjectReader, "parents">) {
    this.#reader = reader;
  }

  /**
   * The best common ancestor of two commits; undefined if it is not found in this way. Without a merge on either side
   * before it, the first commit that both sides have is the only best one.
   */
  async mergeBase(a: Oid, b: Oid): Promise<Oid | undefined> {
    if (a === b) return a;
    const sides: [Side, Side] = [
      { seen: new Set([a]), last: a },
      { seen: new Set([b]), last: b },
    ];
    let reads = 0;
    for (let step = 0; step < MAX_STEPS && reads < MAX_READS; step++) {
      if (sides.every(({ last }) => last === undefined)) return undefined;
      for (const [at, side] of sides.entries()) {
        if (side.last === undefined) continue;
        const known = this.#parents.get(side.last);
        if (known === undefined) reads += 1;
        const parents = known ?? (await this.#parentsOf(side.last));
        if (parents === undefined) return undefined;
        side.last = parents.length > 1 ? undefined : parents[0];
        if (side.last === undefined) continue;
        side.seen.add(side.last);
        if (sides[1 - at]?.seen.has(side.last)) return side.last;
      }
    }
    return undefined;
  }

  /**
   * The commits from `commit` back to where `main` meets it, which `main` does not have; the newest first. Undefined if
   * they are not found in this way.
   */
  async commitsBeyond(commit: Oid, main: Oid): Promise<readonly Oid[] | undefined> {
    const base = await this.mergeBase(commit, main);
    if (base === undefined) return undefined;
    const found: Oid[] = [];
    for (let last = commit; last !== base; ) {
      found.push(last);
      const parents = await this.#parentsOf(last);
      if (parents?.[0] === undefined) return undefined;
      last = parents[0];
    }
    return found;
  }

  /** True if a commit leads to another one; false if it does not, or this is not found in this way. */
  async leadsTo(commit: Oid, ancestor: Oid): Promise<boolean> {
    let last = commit;
    let reads = 0;
    for (let step = 0; step < MAX_STEPS && reads < MAX_READS && last !== ancestor; step++) {
      const known = this.#parents.get(last);
      if (known === undefined) reads += 1;
      const parents = known ?? (await this.#parentsOf(last));
      if (parents?.[0] === undefined || parents.length > 1) return false;
      last = parents[0];
    }
    return last === ancestor;
  }

  /** Undefined for a commit that cannot be read: git decides. */
  async #parentsOf(commit: Oid): Promise<readonly Oid[] | undefined> {
    const known = this.#parents.get(commit);
    if (known !== undefined) return known;
    try {
      const parents = await this.#reader.parents(commit);
      if (parents === undefined) return undefined;
      if (this.#parents.size >= MAX_KNOWN) this.#parents.clear();
      this.#parents.set(commit, parents);
      return parents;
    } catch (error) {
      if (isTooLarge(error)) return undefined;
      throw error;
    }
  }
}
