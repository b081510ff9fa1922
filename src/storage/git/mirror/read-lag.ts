import type { Oid } from "../../../core/identity/oid.ts";
import { GitError, isClosed } from "../errors.ts";
import { AcknowledgedPushes, type RefMove } from "../refs/acknowledged-pushes.ts";
import type { RefChange } from "../refs/ref-table.ts";
import type { BareRepository } from "./bare-repository.ts";
import { dryRunPush, type WriteSideRef } from "./dry-run-push.ts";

/** Corrects lists of refs that are older than pushes which the remote acknowledged. */
export class ReadLag {
  readonly #repository: BareRepository;
  readonly #pushes = new AcknowledgedPushes();

  constructor(repository: BareRepository) {
    this.#repository = repository;
  }

  recordPush(moves: readonly RefMove[]): void {
    this.#pushes.record(moves, performance.now());
  }

  recordFetched(changes: readonly RefChange[]): void {
    const moves = changes.map(({ ref, before, after }) => ({ ref, from: before?.oid ?? null, to: after?.oid ?? null }));
    this.#pushes.recordFetched(moves, performance.now());
  }

  /** The mirror does not hold what was pushed any more. */
  forget(): void {
    this.#pushes.forget();
  }

  /**
   * The refs that count. If the remote lists those from before a push, it is asked where it writes: only if it has the
   * same there another client has set them back. Otherwise, and if it does not answer, the list is an old one, for as
   * long as `MAX_READ_LAG_MS`. Starts a git process in that case alone. Throws `GitError` `Closed`.
   */
  async correct(listed: ReadonlyMap<string, Oid>): Promise<ReadonlyMap<string, Oid>> {
    const older = this.#pushes.findOlder(listed, performance.now());
    if (older.size === 0) return listed;
    if (await this.#isWritten(listed, older)) {
      this.#pushes.forget();
      return listed;
    }
    const corrected = new Map(listed);
    for (const [ref, oid] of older) {
      if (oid === null) corrected.delete(ref);
      else corrected.set(ref, oid);
    }
    return corrected;
  }

  /** True if the remote writes to the same refs as it has listed. */
  async #isWritten(listed: ReadonlyMap<string, Oid>, older: ReadonlyMap<string, Oid | null>): Promise<boolean> {
    const asked = new Map([...older].map(([ref, pushed]) => [ref, listed.get(ref) ?? pushed ?? undefined]));
    let found: ReadonlyMap<string, WriteSideRef>;
    try {
      found = await dryRunPush(this.#repository, asked);
    } catch (error) {
      if (!(error instanceof GitError) || isClosed(error)) throw error;
      return false;
    }
    return [...older.keys()].every((ref) => found.get(ref) === (listed.has(ref) ? "same" : "absent"));
  }
}
