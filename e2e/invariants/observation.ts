import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import type { FileMode } from "../../src/core/files/tree-edit.ts";
import type { Oid } from "../../src/core/identity/oid.ts";
import type { CommitMetadata } from "../../src/core/revision/commit-trailers.ts";

/** What the API server and the Git remotes hold at one moment, as plain data: what the invariants are judged on. */
export interface Observation {
  readonly cluster: ClusterView;
  /** `namespace/name` of a Repository → its remote; absent where it cannot be read. */
  readonly remotes: ReadonlyMap<string, RemoteView>;
  /** What the operator has left behind, where somebody has looked. */
  readonly leftovers: readonly Leftover[];
}

export interface ClusterView {
  readonly repositories: readonly Repository[];
  readonly revisions: readonly PackageRevision[];
  /** All pages. */
  readonly contents: readonly PackageRevisionResources[];
}

/** A process, lock or temporary file that should not be there. */
export interface Leftover {
  readonly subject: string;
  readonly message: string;
}

/** A remote, as git itself tells it. */
export interface RemoteView {
  /** Full name → ref. */
  readonly refs: ReadonlyMap<string, RemoteRef>;
  /** `folderKey` → the folder of a ref's name, in that ref's commit and in the commits of the packages' branches; absent: no such folder. */
  readonly folders: ReadonlyMap<string, Folder>;
  /** Every commit that a ref leads to; undefined where git cannot tell. */
  readonly commits: ReadonlyMap<Oid, CommitView> | undefined;
  /** `folderKey` of a packages' branch's commit → who changed that folder last, where it is not what the latest tag has. */
  readonly lastChanges: ReadonlyMap<string, Oid>;
  /** Path → ids of all blobs that ever were there, in any history that a ref leads to: for the paths that were asked for. */
  readonly pathHistory: ReadonlyMap<string, ReadonlySet<Oid>>;
}

export interface RemoteRef {
  readonly ref: string;
  readonly oid: Oid;
  /** What it leads to through tag objects; absent if that is no commit. */
  readonly commit?: Oid;
  readonly annotated: boolean;
  /** In an annotated tag's own message, or in the commit's of a branch. */
  readonly trailers?: CommitMetadata;
}

export interface CommitView {
  readonly parents: readonly Oid[];
  readonly byOperator: boolean;
}

/** A folder of a commit, with all that is below it. */
export interface Folder {
  readonly tree: Oid;
  /** Undefined: more than is looked at. */
  readonly files: readonly FileView[] | undefined;
}

/** A file of a folder; `path` from the folder. */
export interface FileView {
  readonly path: string;
  readonly mode: FileMode;
  readonly oid: Oid;
  /** Some part of its path is no UTF-8: `path` does not name it. */
  readonly notUtf8: boolean;
  readonly size?: number;
  /** Absent for what is larger than any object can show, and for folders of the packages' branch. */
  readonly bytes?: Uint8Array;
}

export function folderKey(commit: Oid, path: string): string {
  return `${commit}:${path}`;
}

export type Invariant = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

export interface Violation {
  /** Of issue 5's list, which sums up section 3 of the design. */
  readonly invariant: Invariant;
  /** The object or ref that it is about, with its Repository where it is a ref. */
  readonly subject: string;
  readonly message: string;
}
