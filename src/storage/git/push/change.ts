import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { Person } from "../../../core/identity/person.ts";

/** A commit to be written. */
export interface NewCommit {
  /** A function gives the message for the parent's id, which may be known only when the parent is written. */
  readonly message: string | ((parent: Oid | undefined) => string);
  readonly author: Person;
  /** That of the push queue by default. */
  readonly committer?: Person;
  /** Applied in order, on top of the parent's tree. */
  readonly edits: readonly TreeEdit[];
}

export function messageOf({ message }: Pick<NewCommit, "message">, parent: Oid | undefined): string {
  return typeof message === "string" ? message : message(parent);
}

/** One step on one ref; refs are full names (`refs/heads/…`, `refs/tags/…`). */
export type RefStep =
  /** A commit on top of the ref. An absent ref starts at `from`, or without it with a root commit. */
  | { readonly kind: "commit"; readonly ref: string; readonly from?: Oid; readonly commit: NewCommit }
  /** An annotated tag; it must not exist. */
  | {
      readonly kind: "tag";
      readonly ref: string;
      readonly target: Oid;
      readonly tagger: Person;
      readonly message: string;
    }
  | { readonly kind: "delete"; readonly ref: string };

/** A change of a repository, applied by one atomic push: all steps or none. */
export interface GitChange {
  readonly steps: readonly RefStep[];
  /**
   * Folders (package paths) that the plan has read or will write on shared refs. Two changes with overlapping claims
   * (equal, or one a parent of the other) never share a push, because the second was planned without the first.
   */
  readonly claims: readonly string[];
}

/** The value of each ref of a change after the push; null if deleted. For a tag, the tag object's id. */
export type AppliedRefs = ReadonlyMap<string, Oid | null>;
