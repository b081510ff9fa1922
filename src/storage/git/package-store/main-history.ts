import type { Oid } from "../../../core/identity/oid.ts";
import type { MirrorReader } from "./mirror-reader.ts";

/**
 * Checks that the branch of published packages only ever advances. A history that was replaced on the remote is neither
 * built upon nor taken for the record until a user accepts it, or the branch has the old history again. How far the
 * branch was followed is on the disk before anything that was published is reported.
 */
export class MainHistory {
  readonly #mirror: MirrorReader;
  readonly #ref: string;
  #accepted: Oid | undefined;
  #lost: Oid | undefined;

  private constructor(mirror: MirrorReader, ref: string, accepted: Oid | undefined) {
    this.#mirror = mirror;
    this.#ref = ref;
    this.#accepted = accepted;
  }

  /**
   * @param ref the full name of the branch
   * @param known the commit up to which it was followed, as the cluster has it: that may be older than the record on
   *   the disk, and the disk may be a new one. Undefined for a repository that is new here.
   */
  static async open(mirror: MirrorReader, ref: string, known: Oid | undefined): Promise<MainHistory> {
    const history = new MainHistory(mirror, ref, known);
    await history.follow(mirror.followed(ref));
    return history;
  }

  /** The commit up to which the branch was followed, wherever it is now. */
  get accepted(): Oid | undefined {
    return this.#accepted;
  }

  /** The commit that is missing from the branch's history; undefined while the history is intact. */
  get lost(): Oid | undefined {
    return this.#lost;
  }

  /**
   * Follows the branch to this commit. A deleted branch (undefined) changes nothing here: it is reported elsewhere.
   * Throws `GitError`.
   */
  async follow(now: Oid | undefined): Promise<void> {
    if (now === undefined) return;
    if (this.#accepted === undefined || (await this.#contains(now, this.#accepted))) await this.accept(now);
    else this.#lost = this.#accepted;
  }

  /** Takes the history of this commit for the branch's. Throws as `Mirror.recordFollowed`. */
  async accept(now: Oid): Promise<void> {
    await this.#mirror.recordFollowed(this.#ref, now);
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
