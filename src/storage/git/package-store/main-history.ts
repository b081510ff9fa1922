import type { Oid } from "../../../core/identity/oid.ts";
import type { Mirror } from "../mirror/mirror.ts";

/**
 * Watches that the packages' branch only ever goes forward. What others replaced its history with is neither built upon
 * nor taken for the record until somebody accepts it, or the branch has the old history again.
 */
export class MainHistory {
  readonly #mirror: Mirror;
  #accepted: Oid | undefined;
  #lost: Oid | undefined;

  /** `accepted`: the commit up to which the branch was followed before. */
  constructor(mirror: Mirror, accepted: Oid | undefined) {
    this.#mirror = mirror;
    this.#accepted = accepted;
  }

  /** The commit up to which the branch was followed, whatever it is by now. */
  get accepted(): Oid | undefined {
    return this.#accepted;
  }

  /** The commit that is no more in the branch's history; undefined where all is well. */
  get lost(): Oid | undefined {
    return this.#lost;
  }

  /** Takes in where the branch is now. One that is gone is told elsewhere, and remembered here. */
  async follow(now: Oid | undefined): Promise<void> {
    if (now === undefined) return;
    if (this.#accepted === undefined || (await this.#leadsTo(now, this.#accepted))) this.accept(now);
    else this.#lost = this.#accepted;
  }

  /** From now on the branch's history is that of this commit. */
  accept(now: Oid): void {
    this.#accepted = now;
    this.#lost = undefined;
  }

  async #leadsTo(now: Oid, before: Oid): Promise<boolean> {
    if (now === before) return true;
    // A publication puts one commit on top: told by that commit, without a process.
    const { parents } = await this.#mirror.reader.commit(now);
    return parents.includes(before) || (await this.#mirror.history.contains(now, before));
  }
}
