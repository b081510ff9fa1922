import { type Oid, objectFormatOf } from "../../../core/identity/oid.ts";
import type { MirrorReader } from "./mirror-reader.ts";

/**
 * Checks that the branch of published packages only ever advances. A history that was replaced on the remote is neither
 * built upon nor taken for the record until a user accepts it, or the branch has the old history again. How far the
 * branch was followed is on the disk before anything that was published is reported.
 */
export class MainHistory {
  readonly #mirror: MirrorReader;
  readonly #uid: string;
  #accepted: Oid | undefined;
  #lost: Oid | undefined;

  private constructor(mirror: MirrorReader, uid: string, accepted: Oid | undefined) {
    this.#mirror = mirror;
    this.#uid = uid;
    this.#accepted = accepted;
  }

  /**
   * @param uid of the Repository
   * @param known the commit up to which its branch was followed, as the cluster has it: that may be older than the
   *   record on the disk, and the disk may be a new one, or of the time before another replica had the Repository.
   *   Undefined for a repository that is new here.
   */
  static async open(mirror: MirrorReader, uid: string, known: Oid | undefined): Promise<MainHistory> {
    const history = new MainHistory(mirror, uid, known);
    const recorded = mirror.followed(uid);
    if (recorded === undefined || isOfOtherFormat(recorded, known)) return history;
    const found = await mirror.reader.info(recorded);
    // The mirror was cloned again, and no ref of the remote has it any more. Which of the two is newer, nobody knows:
    // it is reported as lost, and a user decides.
    if (found === undefined) history.#accepted = recorded;
    else if (found.type === "commit") await history.follow(recorded);
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
    await this.#mirror.recordFollowed(this.#uid, now);
    this.#accepted = now;
    this.#lost = undefined;
  }

  async #contains(now: Oid, before: Oid): Promise<boolean> {
    return now === before || (await this.#mirror.history.contains(now, before));
  }
}

/** The remote was replaced by one with another object format, and that was followed since. */
function isOfOtherFormat(recorded: Oid, known: Oid | undefined): boolean {
  return known !== undefined && objectFormatOf(known) !== objectFormatOf(recorded);
}
