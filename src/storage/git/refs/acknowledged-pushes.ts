import type { Oid } from "../../../core/identity/oid.ts";

/** How long a read may be older than a push that the remote acknowledged. */
export const MAX_READ_LAG_MS = 60_000;
/** Pushes of that time that are remembered: a read that is older than more of them counts. */
const MAX_PUSHES = 1000;

/** null: no ref. */
export interface RefMove {
  readonly ref: string;
  readonly from: Oid | null;
  readonly to: Oid | null;
}

interface Acknowledged {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly moves: readonly RefMove[];
}

/**
 * The last pushes that the remote acknowledged. A host may answer reads by a replica that lags behind: for some seconds
 * it shows exactly the refs from before a push, for which a reset by another client would be the other explanation.
 */
export class AcknowledgedPushes {
  /** The oldest first. */
  #pushes: readonly Acknowledged[] = [];

  /** A push, with the values that its refs had before. */
  record(moves: readonly RefMove[], now: number): void {
    this.#pushes = [...this.#pushes, { at: now, moves }].slice(-MAX_PUSHES);
  }

  /** What a fetch has found: where another client moved a ref on from the value of a push, that belongs to its past. */
  recordFetched(moves: readonly RefMove[], now: number): void {
    const tracked = new Set(this.#pushes.flatMap((push) => push.moves.map(({ ref }) => ref)));
    const further = moves.filter(({ ref }) => tracked.has(ref));
    if (further.length > 0) this.record(further, now);
  }

  forget(): void {
    this.#pushes = [];
  }

  /**
   * Where a read shows all refs of the last pushes as they were before these, one push or more: the refs that differ,
   * and the values that the mirror has seen last. Otherwise nothing: a push is atomic, so that a replica has all of it
   * or nothing.
   */
  findOlder(read: ReadonlyMap<string, Oid>, now: number): ReadonlyMap<string, Oid | null> {
    this.#pushes = this.#pushes.filter(({ at }) => now - at <= MAX_READ_LAG_MS);
    const before = new Map<string, Oid | null>();
    const latest = new Map<string, Oid | null>();
    const shown = (ref: string) => read.get(ref) ?? null;
    const different = new Set<string>();
    for (const { moves } of this.#pushes.toReversed()) {
      for (const { ref, from, to } of moves) {
        before.set(ref, from);
        if (!latest.has(ref)) latest.set(ref, to);
        if (shown(ref) === from) different.delete(ref);
        else different.add(ref);
      }
      if (different.size === 0) return new Map([...latest].filter(([ref, oid]) => shown(ref) !== oid));
    }
    return new Map();
  }
}
