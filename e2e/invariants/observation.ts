import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { PackageVariant } from "../../src/api/v1alpha1/package-variant.ts";
import type { PackageVariantSet } from "../../src/api/v1alpha1/package-variant-set.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import type { FileMode } from "../../src/core/files/tree-edit.ts";
import type { Oid } from "../../src/core/identity/oid.ts";
import type { CommitMetadata } from "../../src/core/revision/commit-trailers.ts";

/** State of the API server and of the Git remotes at one moment, as plain data: the invariants are checked on it. */
export interface Observation {
  readonly cluster: ClusterView;
  /** `namespace/name` of a Repository → its remote. Every Repository is either here or in `skipped`. */
  readonly remotes: ReadonlyMap<string, RemoteView>;
  /** `namespace/name` of a Repository → why its remote was not read: of these only the objects are checked. */
  readonly skipped: ReadonlyMap<string, Skipped>;
  /** `namespace/name` of a Repository → fingerprints of the keys of its `spec.verification`. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  /** Files and processes that the operator has left behind; empty if the subject cannot list them. */
  readonly leftovers: readonly Leftover[];
}

/**
 * `notReady`: the Repository is not in step with its remote, and its condition says so; `unreachable`: the checker has
 * no access to the remote; `unreadable`: git failed.
 */
export interface Skipped {
  readonly kind: "notReady" | "unreachable" | "unreadable";
  /** The Ready condition's reason, or the kind. */
  readonly reason: string;
  readonly message: string;
}

export interface ClusterView {
  readonly repositories: readonly Repository[];
  readonly variants: readonly PackageVariant[];
  readonly sets: readonly PackageVariantSet[];
  readonly revisions: readonly PackageRevision[];
  /** All pages. */
  readonly contents: readonly PackageRevisionResources[];
}

/** A process, lock or temporary file that should not be there. */
export interface Leftover {
  readonly subject: string;
  readonly message: string;
}

/** A remote, as git reads it. */
export interface RemoteView {
  /** Full name → ref. */
  readonly refs: ReadonlyMap<string, RemoteRef>;
  /**
   * `folderKey` → the folder of a ref's name, in that ref's commit and in the commits of the packages' branches;
   * absent: no such folder.
   */
  readonly folders: ReadonlyMap<string, Folder>;
  /** Every commit that is reachable from a ref. */
  readonly commits: ReadonlyMap<Oid, CommitView>;
  /**
   * `folderKey` of a packages' branch's commit → last commit that changed that folder, if it differs from the latest
   * tag's.
   */
  readonly lastChanges: ReadonlyMap<string, Oid>;
  /** Path → ids of all blobs that were ever there, in any history reachable from a ref: for the requested paths. */
  readonly pathHistory: ReadonlyMap<string, ReadonlySet<Oid>>;
  /** Tag of the operator → files outside of its package that it changes, see `readOtherChanges`. */
  readonly otherChanges: ReadonlyMap<string, readonly string[]>;
}

export interface RemoteRef {
  readonly ref: string;
  readonly oid: Oid;
  /** The commit it points at, through tag objects; absent if it points at no commit. */
  readonly commit?: Oid;
  readonly annotated: boolean;
  /** Of an annotated tag's own message, or of the message of a branch's commit. */
  readonly trailers?: CommitMetadata;
  readonly signatures?: RefSignatures;
  /** Present if the tagger of an annotated tag has an address that the operator gives: whether git verifies the tag. */
  readonly tagInOperatorsName?: "verified" | "unverified";
}

/** `operator`, or the fingerprint of another valid key; absent: no valid signature under the ref's own name. */
export interface RefSignatures {
  readonly tag?: string;
  readonly commit?: string;
}

export interface CommitView {
  readonly parents: readonly Oid[];
  /** True if plain git verifies it with the operator's public keys. */
  readonly byOperator: boolean;
  /** True if its committer is the operator, which anybody can write. */
  readonly inOperatorsName: boolean;
}

/** A folder of a commit, with everything below it. */
export interface Folder {
  readonly tree: Oid;
  /** Undefined: more files than are read. */
  readonly files: readonly FileView[] | undefined;
}

/** A file of a folder; `path` from the folder, as `decodePath` has it. */
export interface FileView {
  readonly path: string;
  readonly mode: FileMode;
  readonly oid: Oid;
  readonly size?: number;
  /** Absent for files that are too large for any contents object, and for folders of the packages' branch. */
  readonly bytes?: Uint8Array;
}

export function folderKey(commit: Oid, path: string): string {
  return `${commit}:${path}`;
}

export type Invariant = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

export interface Violation {
  readonly invariant: Invariant;
  /** The object, or the ref with its Repository. */
  readonly subject: string;
  readonly message: string;
}
