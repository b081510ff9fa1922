import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { Person } from "../../../core/identity/person.ts";

/** A change of a Git repository as data: planned by pure code, carried out by one atomic push. */

export interface NewCommit {
  readonly message: string;
  readonly author: Person;
  /** In order: a later edit sees what an earlier one did. */
  readonly edits: readonly TreeEdit[];
}

/** One step on one ref; refs are full names (`refs/heads/…`, `refs/tags/…`). */
export type RefStep =
  /** A commit on top of the ref; a ref that is absent starts at `from`, or as a root commit without it. */
  | { readonly kind: "commit"; readonly ref: string; readonly from?: Oid; readonly commit: NewCommit }
  /** An annotated tag that must not exist yet. */
  | {
      readonly kind: "tag";
      readonly ref: string;
      readonly target: Oid;
      readonly tagger: Person;
      readonly message: string;
    }
  | { readonly kind: "delete"; readonly ref: string };

/** Steps that happen all together or not at all. */
export interface GitChange {
  readonly steps: readonly RefStep[];
  /**
   * Folders (package paths) that the plan has read or will write on shared refs. Two changes whose claims are equal or
   * one above the other never share a push, because the second was planned without seeing the first.
   */
  readonly claims: readonly string[];
}

/** The new value of each ref a change touched; `null`: the ref is gone. For a tag, the tag object's id. */
export type AppliedRefs = ReadonlyMap<string, Oid | null>;
