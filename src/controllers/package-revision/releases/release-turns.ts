/** What a reconcile of a member may do. */
export type Turn =
  /** It has to come back later: another member is being reconciled that must not be, or the other way round. */
  | "wait"
  /** Members are reconciled side by side. */
  | "shared"
  /** No other member is reconciled meanwhile, so that nothing that is decided on all of them changes. */
  | "exclusive";

interface Release {
  /** Members that are being reconciled. */
  readonly running: Set<string>;
  /** The member whose next turn is exclusive. */
  publisher?: string;
}

/**
 * Keeps the other members of a release from being reconciled while one publishes all of them: their objects say that
 * the approval cannot be withdrawn any more, which a reconcile of theirs would undo. All members of a release are
 * reconciled by the replica that owns their Repository, so that memory is enough.
 */
export class ReleaseTurns {
  readonly #releases = new Map<string, Release>();

  /** Begins a reconcile of a member; unless it has to wait, call `leave`. */
  enter(key: string, member: string): Turn {
    const release = this.#releases.get(key) ?? { running: new Set() };
    const { publisher, running } = release;
    if (publisher !== undefined && (publisher !== member || running.size > 0)) return "wait";
    running.add(member);
    this.#releases.set(key, release);
    return publisher === member ? "exclusive" : "shared";
  }

  /** In a shared turn: the next one of the member is exclusive. False if another member has asked for that before. */
  claim(key: string, member: string): boolean {
    const release = this.#releases.get(key);
    if (release === undefined || (release.publisher ?? member) !== member) return false;
    release.publisher = member;
    return true;
  }

  leave(key: string, member: string, turn: Turn): void {
    const release = this.#releases.get(key);
    if (release === undefined) return;
    release.running.delete(member);
    if (turn === "exclusive") delete release.publisher;
    this.#tidy(key, release);
  }

  /** The member will have no turn, unless in this release. */
  forget(member: string, except?: string): void {
    for (const [key, release] of this.#releases) {
      if (release.publisher !== member || key === except) continue;
      delete release.publisher;
      this.#tidy(key, release);
    }
  }

  #tidy(key: string, { running, publisher }: Release): void {
    if (running.size === 0 && publisher === undefined) this.#releases.delete(key);
  }
}
