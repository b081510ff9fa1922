import type { Oid } from "../../../core/identity/oid.ts";
import type { RefFacts } from "../../../core/repository/classify-ref.ts";
import { forEachInTurns } from "../../../event-loop/turns.ts";
import { listBeyond, MAX_COMMITS } from "./draft-record.ts";
import type { MirrorReader } from "./mirror-reader.ts";

/**
 * Finds the branches that main takes in. The record of a branch is read from its commits beyond main, and in another
 * way once there is none: what was read before is not what a restarted operator reads.
 */
export class AbsorbedBranches {
  readonly #history: MirrorReader["history"];
  #main: Oid | undefined;

  constructor(history: MirrorReader["history"]) {
    this.#history = history;
  }

  /**
   * The branches whose newest commit main has got since the last `accept`; all, if it has lost commits or got too many.
   * Starts two git processes, unless the history between is linear and short. Throws `GitError`.
   */
  async find(main: Oid | undefined, branches: Iterable<RefFacts>): Promise<readonly string[]> {
    if (main === this.#main) return [];
    const heads = new Map<string, Oid | undefined>();
    await forEachInTurns(branches, ({ ref, commit }) => heads.set(ref, commit));
    if (heads.size === 0) return [];
    const added = await this.#listAdded(main);
    return [...heads].flatMap(([ref, commit]) => (commit === undefined || added?.has(commit) === false ? [] : [ref]));
  }

  accept(main: Oid | undefined): void {
    this.#main = main;
  }

  async #listAdded(main: Oid | undefined): Promise<ReadonlySet<Oid> | undefined> {
    if (main === undefined || this.#main === undefined) return undefined;
    if (!(await this.#history.contains(main, this.#main))) return undefined;
    const added = await listBeyond(this.#history, this.#main, main);
    return added === undefined || added.length > MAX_COMMITS ? undefined : new Set(added);
  }
}
