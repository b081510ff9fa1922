import type { Oid } from "../../../core/identity/oid.ts";
import type { RefusedRef } from "../refs/ref-table.ts";

/** A remote that was repaired lists the same refs as before: they are tried again, less and less often. */
const FIRST_WAIT_MS = 5 * 60_000;
const MAX_WAIT_MS = 6 * 3_600_000;

interface Refusal {
  readonly refused: RefusedRef;
  /** Monotonic milliseconds. */
  readonly dueAt: number;
  readonly waitMs: number;
}

/** Refs that could not be fetched, with the object id that they had, and when they are tried again. */
export class RefusedRefs {
  readonly #byName = new Map<string, Refusal>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  all(): readonly RefusedRef[] {
    return [...this.#byName.values()].map(({ refused }) => refused);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** True if the ref was refused with this object, and is not to be tried yet. */
  isWaiting(name: string, oid: Oid): boolean {
    const found = this.#byName.get(name);
    return found !== undefined && found.refused.oid === oid && this.#now() < found.dueAt;
  }

  /** The ref alone was tried. */
  refuse(name: string, oid: Oid, message: string): void {
    const before = this.#byName.get(name);
    const isSame = before?.refused.oid === oid && before.waitMs > 0;
    const waitMs = isSame ? Math.min(2 * before.waitMs, MAX_WAIT_MS) : FIRST_WAIT_MS;
    this.#set(name, oid, message, waitMs);
  }

  /** The ref was not tried alone, and is in `inMs`. */
  defer(name: string, oid: Oid, message: string, inMs: number): void {
    this.#byName.set(name, {
      refused: { ref: name, oid, reason: "BadObjects", message },
      dueAt: this.#now() + inMs,
      waitMs: 0,
    });
  }

  /** The ref was fetched, or the remote has it no more. */
  delete(name: string): void {
    this.#byName.delete(name);
  }

  clear(): void {
    this.#byName.clear();
  }

  /** All refs are tried again with the next fetch. */
  retryNow(): void {
    for (const [name, refusal] of this.#byName) this.#byName.set(name, { ...refusal, dueAt: 0 });
  }

  #set(name: string, oid: Oid, message: string, waitMs: number): void {
    const refused = { ref: name, oid, reason: "BadObjects", message } as const;
    this.#byName.set(name, { refused, dueAt: this.#now() + waitMs, waitMs });
  }
}
