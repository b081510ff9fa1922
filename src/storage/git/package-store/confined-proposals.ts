import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { findMergeBase } from "./draft-base.ts";
import type { MirrorReader } from "./mirror-reader.ts";
import { isSameOutside } from "./proposal-tree.ts";

/** Commits that are remembered. */
const MAX_CONFINED = 10_000;

/**
 * The proposals that change nothing but the package's own files: those that were made here, and those that were
 * checked. A check starts a git process, and every approval asks.
 */
export class ConfinedProposals {
  readonly #mirror: MirrorReader;
  /** Path and commit. */
  readonly #confined = new Set<string>();

  constructor(mirror: MirrorReader) {
    this.#mirror = mirror;
  }

  add(path: string, commit: Oid): void {
    if (this.#confined.size >= MAX_CONFINED) this.#confined.clear();
    this.#confined.add(`${path} ${commit}`);
  }

  async has(view: RevisionView, { commit }: DraftBranch): Promise<boolean> {
    if (this.#confined.has(`${view.path} ${commit}`)) return true;
    const base = await findMergeBase(this.#mirror, view, commit);
    if (!(await isSameOutside(this.#mirror.reader, view, commit, base))) return false;
    this.add(view.path, commit);
    return true;
  }
}
