import { sha256Hex } from "../../../core/identity/hash.ts";
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
  readonly #confined = new Set<string>();

  constructor(mirror: MirrorReader) {
    this.#mirror = mirror;
  }

  /** @param view the state by which that was decided */
  add(view: RevisionView, commit: Oid): void {
    if (this.#confined.size >= MAX_CONFINED) this.#confined.clear();
    this.#confined.add(proposalKey(view, commit));
  }

  async has(view: RevisionView, { commit }: DraftBranch): Promise<boolean> {
    if (this.#confined.has(proposalKey(view, commit))) return true;
    const base = await findMergeBase(this.#mirror, view, commit);
    if (!(await isSameOutside(this.#mirror.reader, view, commit, base))) return false;
    this.add(view, commit);
    return true;
  }
}

/** A package that was published below since then has files of its own in the folder. */
function proposalKey({ path, nested }: RevisionView, commit: Oid): string {
  // A digest: there may be thousands of packages below.
  return sha256Hex([commit, path, ...nested.map((one) => one.path)].join("\0"));
}
