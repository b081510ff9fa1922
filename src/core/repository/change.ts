/**
 * What is to happen to a Git repository, as data: planned by pure code, executed by the git room in one atomic push.
 */

/** A Git object id: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits. */
export type Oid = string;

export interface Person {
  readonly name: string;
  readonly email: string;
}

/** File modes Git knows: file, executable, symlink, submodule. */
export type FileMode = "100644" | "100755" | "120000" | "160000";

/** One edit of a tree; paths are relative to the repository's root, `/` between parts, never empty. */
export type TreeEdit =
  | { readonly kind: "putFile"; readonly path: string; readonly mode: FileMode; readonly bytes: Uint8Array }
  | { readonly kind: "putObject"; readonly path: string; readonly mode: FileMode; readonly oid: Oid }
  /** Makes the folder exactly this tree; what was in it is gone. */
  | { readonly kind: "putTree"; readonly path: string; readonly tree: Oid }
  /** Removes a file or a folder; absent is fine. */
  | { readonly kind: "remove"; readonly path: string };

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
