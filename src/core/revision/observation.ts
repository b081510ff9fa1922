import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { Layout } from "../identity/location.ts";
import type { Oid } from "../identity/oid.ts";
import type { PublishedRef } from "../repository/classify-ref.ts";
import type { Discovered } from "../repository/package-index.ts";

/** What `GitView.own` says of a folder that is not there. */
export const ABSENT = "absent";

/** What Git says of one package revision, at one moment. */
export interface RevisionView {
  readonly layout: Layout;
  /** The package's folder from the repository's root. */
  readonly path: string;
  /** The full name of the branch that holds published packages. */
  readonly mainRef: string;
  readonly mainCommit?: Oid;
  /** The tag or branch that is this very object. */
  readonly found?: Discovered;
  readonly latest?: PublishedRef;
  /** The revision before this one, where it is published. */
  readonly previous?: PublishedRef;
  /** Where the tombstone of this revision is, if it was deleted before and brought back by its tag. */
  readonly tombstone?: Oid;
  /** The number a publication would get. */
  readonly next: string;
  /**
   * The folders of packages below this one, from the repository's root, each with its tree on main where it is there.
   */
  readonly nested: readonly { readonly path: string; readonly mainTree?: Oid }[];
  /** Packages whose folders hold this one. */
  readonly enclosing: readonly string[];
  /** A file (or symlink, or submodule) on main where the package's folder, or one above it, would have to be. */
  readonly fileInPlace?: string;
  /** True if the packages' branch was there once: it was seen, or there are published revisions. */
  readonly hadMain: boolean;
  /** Refs that Git cannot hold beside this one's branch or tag. */
  readonly conflictingRefs: readonly string[];
  /** What the package's own files are, as a text that is equal for equal files; packages below are left out. */
  readonly own: { readonly main?: string; readonly base?: string; readonly head?: string; readonly latest?: string };
  /**
   * Who changed these files on main last, where they are neither what a draft began from nor what it would make of
   * them.
   */
  readonly mainChange?: {
    readonly commit: Oid;
    readonly author: string;
    /** The draft began with these files as main had them then, so that a merge brings all that came since. */
    readonly mergeable: boolean;
    /** The draft's branch has that commit in its history, and had it not when it began: somebody merged it. */
    readonly merged: boolean;
  };
  /**
   * Main's folder holds nothing but files of the revision that is to be deleted, and the operator was the last to
   * change it: a package that was below this one when it was published, and held files of it back, is none any more.
   */
  readonly isMainOurs?: boolean;
  /** The published revision, not the latest one, that main's folder is exactly. */
  readonly mainRevision?: string;
  /** The packages' branch was moved to a commit that has not this one in its history, which nobody has accepted. */
  readonly mainLost?: Oid;
  /** The draft's branch was moved to a commit that has not the one that status shows in its history. */
  readonly branchLost?: Oid;
}

/** What a draft can be made from: a published revision, or the folder as the packages' branch has it. */
export interface Source {
  readonly revision: string;
  readonly commit: Oid;
  readonly tree: Oid;
}

/** What became of `spec.upstream`. */
export type UpstreamView =
  | { readonly kind: "none" }
  | { readonly kind: "notReady"; readonly message: string }
  | { readonly kind: "missing"; readonly message: string }
  | { readonly kind: "found"; readonly source: Source };

/** Everything one reconcile knows: collected once, decided on by `planRevision`. */
export interface Observation {
  readonly object: PackageRevision;
  readonly repository?: Repository;
  /** Absent until the repository has been read. */
  readonly view?: RevisionView;
  readonly upstream: UpstreamView;
  /** Who edited the draft, as the API server's admission recorded it; the last editor last. */
  readonly editors: readonly string[];
}

/** Why something cannot go on. */
export interface Blocker {
  readonly reason: string;
  readonly message: string;
  /** stalled: only a person can help. waiting: it goes on by itself when what it waits for is there. */
  readonly kind: "stalled" | "waiting";
}
