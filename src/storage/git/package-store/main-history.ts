import type { Oid } from "../../../core/identity/oid.ts";
import type { MirrorReader } from "./mirror-reader.ts";

/**
 * Checks that the branch of published packages only ever advances. A history that was replaced on the remote is neither
 * built upon nor taken for the record until a user accepts it, or the branch has the old history again.
 */
export class MainHistory {
  readonly #mirror: MirrorReader;
  #accepted: Oid | undefined;
  #lost: Oid | undefined;

  /** @param accepted the commit up to which the branch was followed before */
  constructor(mirror: MirrorReader, accepted: Oid | undefined) {
    this.#mirror = mirror;
    this.#accepted = accepted;
  }

  /** The commit up to which the branch was followed, wherever it is now. */
  get accepted(): Oid | undefined {
    return this.#accepted;
  }

  /** The commit that is missing from the branch's history; undefined while the history is intact. */
  get lost(): Oid | undefined {
    return this.#lost;
  }

  /** Follows the branch to this commit. A deleted branch (undefined) changes nothing here: it is reported elsewhere. */
  async follow(now: Oid | undefined): Promise<void> {
    if (now === undefined) return;
    if (this.#accepted === undefined || (await this.#contains(now, this.#accepted))) this.accept(now);
    else this.#lost = this.#accepted;
  }

  /** Takes the history of this commit for the branch's. */
  accept(now: Oid): void {
    this.#accepted = now;
    this.#lost = undefined;
  }

  async #contains(now: Oid, before: Oid): Promise<boolean> {
    if (now === before) return true;
    // A publication adds one commit: its parents answer without starting a process.
    const { parents } = await this.#mirror.reader.commit(now);
    return parents.includes(before) || (await this.#mirror.history.contains(now, before));
  }
}
