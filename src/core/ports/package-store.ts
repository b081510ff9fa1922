import type { PackageRevision, PackageRevisionSpec } from "../../api/v1alpha1/package-revision.ts";
import type { DraftBase } from "../../api/v1alpha1/package-revision-status.ts";
import type { SkippedReason, SkippedRef } from "../../api/v1alpha1/repository-status.ts";
import type { FileCounts } from "../files/file-counts.ts";
import type { PackageFile, ShownPackage } from "../files/package-file.ts";
import type { TreeEdit } from "../files/tree-edit.ts";
import type { Layout } from "../identity/location.ts";
import type { Oid } from "../identity/oid.ts";
import type { Person } from "../identity/person.ts";
import type { DraftBranch, PublishedRef } from "../repository/classify-ref.ts";
import type { Rewrite } from "../repository/history-rewrite.ts";
import type { Discovered, IsLive } from "../repository/package-index.ts";
import type { SkippedGroup } from "../repository/skipped-refs.ts";
import type { CommitMetadata } from "../revision/commit-trailers.ts";
import type { RevisionView, Source } from "../revision/observation.ts";
import type { Folder } from "../validation/target/folder.ts";

/** Files that differ from an earlier state of a package. */
export interface ChangedFiles {
  readonly paths: readonly string[];
  /** Those of the paths that were there before with another mode, such as an executable file or a link. */
  readonly modes: readonly string[];
}

/**
 * The packages of one repository: the port that controllers and their steps use. Reads answer from a local copy that
 * `fetch` brings up to date. Every write is decided by a `Prepare` callback on the state that the write applies to, and
 * happens completely or not at all. All methods that read or write throw the store's own errors (git: `GitError`).
 */
export interface PackageStore {
  readonly layout: Layout;

  /** Takes in changes of the local copy, such as those of a push. Costs as much as has changed. */
  refresh(): Promise<void>;
  /** Asks the remote for changes, then refreshes. Starts processes and uses the network. */
  fetch(): Promise<void>;
  /** Replaces a local copy in which data is missing or damaged by a new one from the remote. */
  repair(): Promise<void>;
  /** Throws if the repository cannot be used as configured, though the remote answers. */
  assertUsable(): void;

  /** All package revisions. */
  revisions(): Iterable<Discovered>;
  /**
   * The package revision that an object stands for, by its ID and status, never by its name. While its publication is
   * under way, that revision, wherever the tag is.
   */
  identify(revision: PackageRevision): Discovered | undefined;
  /** The workspace of the object that is created for a package revision; undefined if another one has it. */
  workspaceOf(found: Discovered): string | undefined;
  /** The newest published revision of the package at this path. */
  latest(path: string): PublishedRef | undefined;
  /** Counts, and some of the refs that are no package revisions. */
  summarize(options?: SummaryOptions): StoreSummary;
  /** Continues with the published history that is there now, if the annotations confirm exactly this rewrite. */
  acceptHistory(annotations: Readonly<Record<string, string>> | undefined): Promise<void>;

  /**
   * The state of one package revision in the store.
   * @param readShown the newest commit that a draft's contents objects show, which status may not have yet
   * @param mayBeApproved a proposal may be published without a request of a person: it is compared with main as well
   */
  observe(
    revision: PackageRevision,
    readShown?: () => Promise<Oid | undefined>,
    mayBeApproved?: boolean,
  ): Promise<RevisionView>;
  /** The package that a draft is cloned from. `main` as its revision asks the remote first. */
  findUpstream(upstream: Upstream): Promise<UpstreamResult>;
  /** The package that a draft was cloned from before, at that commit, wherever its tag is now. */
  findUpstreamAt(upstream: Upstream, commit: Oid): Promise<UpstreamResult>;
  /** The files of a package in one of its trees; those of packages below it are left out. */
  readTree(view: RevisionView, tree: Oid | undefined, admit?: Admit): Promise<ShownPackage>;
  /** The files of a package in a commit; none without its folder. Throws for a commit that is not in the store. */
  readCommit(view: RevisionView, commit: Oid, admit?: Admit): Promise<ShownPackage>;
  /** The bytes of the package in this tree. Throws if it is too large to be handled; reads no file. */
  measure(view: RevisionView, tree: Oid): Promise<number>;
  /** The files of a package for another repository: symlinks included, submodules by their ids. */
  readForClone(path: string, source: Source, admit?: Admit): Promise<readonly PackageFile[]>;
  /** How many files of a package differ between two of its states. Reads no file, and once for each two states. */
  countChanges(path: string, before: Source, after: Source): Promise<FileCounts>;
  /**
   * The package's files in which a draft differs from the latest published revision, and, with `onMain`,
   * from what the branch of published packages has. Reads no file.
   */
  changedFiles(view: RevisionView, draft: DraftBranch, onMain: boolean): Promise<ChangedFiles>;
  /**
   * The folder of a target on the branch of published packages, as a GitOps tool builds it; undefined without one.
   * Reads what differs from `previous`. Throws for more than 20,000 files and folders.
   */
  readTarget(path: string, previous?: Folder): Promise<Folder | undefined>;
  /** The bytes of a file; undefined if it is not in the store. */
  readBlob(oid: Oid): Promise<Uint8Array | undefined>;
  hasCommit(commit: Oid): Promise<boolean>;
  /** First parent of a commit, and its trailers if the operator signed it for a trusted Repository. */
  describeCommit(commit: Oid): Promise<{ readonly parent?: Oid; readonly metadata?: CommitMetadata }>;
  /** What a draft that was pushed from outside was made from. Looks through the history. */
  findDraftBase(view: RevisionView, draft: DraftBranch): Promise<DraftBase>;

  /**
   * The package as a draft with this base has it from there, wherever its tag is now: `tree` is absent if there was no
   * such package. Undefined: it is not in the store any more.
   */
  findBase(view: RevisionView, base: DraftBase): Promise<{ readonly tree?: Source | undefined } | undefined>;

  /**
   * True if the draft's commit differs from the published state that it is based on in nothing but the package's own
   * files. May start a process, once for each commit.
   */
  changesOnlyOwnFiles(view: RevisionView, draft: DraftBranch): Promise<boolean>;

  /** Begins a draft; in an empty repository after the branch of published packages. */
  begin<V>(revision: PackageRevision, prepare: Prepare<BeginRequest, V>): Promise<CommitResult<V>>;
  /** Adds a commit to a draft: edits, changed metadata, or the return of a proposal. */
  commit<V>(revision: PackageRevision, prepare: Prepare<CommitRequest, V>): Promise<CommitResult<V>>;
  /**
   * Adds the commit that makes a draft a proposal: nothing but the package's own files, with the edits, differs in it
   * from the published state that the draft is based on.
   */
  propose<V>(revision: PackageRevision, prepare: Prepare<CommitRequest, V>): Promise<CommitResult<V>>;
  /**
   * Makes the branch of published packages, empty, if it never was: a draft's branch that was pushed to an empty remote
   * is its default branch, which cannot be deleted before there is another one to choose.
   */
  startMain(revision: PackageRevision): Promise<void>;
  /** Publishes a proposal under a revision number. */
  publish<V>(revision: PackageRevision, prepare: Prepare<PublishRequest, V>): Promise<StoreResult<V>>;
  /** Publishes proposals of different packages together: all, or none if the store refuses one. */
  publishTogether<V>(
    revisions: readonly PackageRevision[],
    prepare: PrepareAll<PublishRequest, V>,
  ): Promise<StoreResult<V>>;
  /** Deletes a draft, or a published revision, whose number stays used. */
  delete<V>(revision: PackageRevision, prepare: Prepare<DeleteRequest, V>): Promise<DeleteResult<V>>;
  /**
   * Removes what is kept of drafts that were deleted before a time, or more than a store keeps: a bounded part of it.
   * Also removes the branches of late pushes (`PackageIndex.isLate`). Returns the number of removed drafts; 0 without a
   * write.
   *
   * @param isLive is asked again right before each attempt
   */
  removeDeletedDrafts(before: Date, isLive: IsLive): Promise<number>;
}

/** Called with the size of a package in bytes, before its files are read; resolves when they may be. */
export type Admit = (bytes: number) => Promise<void>;

export type Upstream = NonNullable<PackageRevisionSpec["upstream"]>;

export type UpstreamResult =
  | { readonly kind: "found"; readonly source: Source }
  /** `message` continues a sentence whose subject is the Repository. */
  | { readonly kind: "missing"; readonly message: string };

export interface SummaryOptions {
  /** Package revisions without an object; they are counted among the others, too. */
  readonly withoutObject?: readonly SkippedGroup[];
  /** Of the full names of the refs in `skipped`. */
  readonly prefix?: string;
}

export interface StoreSummary {
  readonly packages: number;
  readonly published: number;
  readonly drafts: number;
  /** Refs that are no package revisions. */
  readonly others: number;
  /** Refs that the store refuses to hold. */
  readonly refused: number;
  /** Some of the others and of the refused ones: of each reason the first. */
  readonly skipped: readonly SkippedRef[];
  /** The number of all of them, by reason. */
  readonly skippedReasons: readonly SkippedReason[];
  /** The commit up to which the published history was followed. */
  readonly commit?: Oid;
  /** Nothing has been published yet, and there is no branch for it. */
  readonly isEmpty: boolean;
  /** The published history was replaced on the remote, and no confirmation accepts that. */
  readonly rewrite?: Rewrite;
}

/**
 * Decides on the store's present state what to write. Called again, from scratch, whenever the store has changed before
 * the write was done. An error that it throws fails the write.
 */
export type Prepare<Request, V> = (
  view: RevisionView,
) => PreparedWrite<Request, V> | Promise<PreparedWrite<Request, V>>;

/** The same of several package revisions; the views are in their order. */
export type PrepareAll<Request, V> = (
  views: readonly RevisionView[],
) => Promise<PreparedWrite<readonly { readonly view: RevisionView; readonly request: Request }[], V>>;

export type PreparedWrite<Request, V> =
  | { readonly kind: "write"; readonly request: Request; readonly value: V }
  /** The precondition does not hold any more. */
  | { readonly kind: "abort"; readonly value: V };

export type StoreResult<V> =
  | { readonly kind: "written"; readonly value: V }
  | { readonly kind: "aborted"; readonly value: V };

export type CommitResult<V> =
  | { readonly kind: "written"; readonly commit: Oid; readonly value: V }
  | { readonly kind: "aborted"; readonly value: V };

export type DeleteResult<V> = StoreResult<V> & {
  /** The full name of the tag that keeps the last commit of a deleted draft. */
  readonly keptAs?: string;
};

/** A file to be written: bytes, or an object that the repository has already (a submodule). */
export type FileToWrite = Pick<PackageFile, "path" | "mode" | "bytes" | "oid">;

interface CommitText {
  readonly subject: string;
  readonly trailers: CommitMetadata;
  readonly author: Person;
}

/** The package's own files in a tree of the repository, with the names that no text can hold. */
export interface OwnTree {
  readonly tree: Oid;
  /** The packages below that are no part of it; absent: those of today. */
  readonly nested?: readonly string[];
}

export interface BeginRequest extends CommitText {
  readonly workspace: string;
  /** All files of the package; or a tree of the same repository, which is taken as it is. */
  readonly files: readonly FileToWrite[] | OwnTree;
  /** What the render makes of them: a second commit in the same write. */
  readonly render?: RenderRequest;
}

export interface RenderRequest extends Omit<CommitText, "trailers"> {
  readonly edits: readonly TreeEdit[];
  /** @param source the commit of the files before */
  readonly trailers: (source: Oid) => CommitMetadata;
}

export interface CommitRequest extends CommitText {
  readonly draft: DraftBranch;
  readonly edits: readonly TreeEdit[];
}

export interface PublishRequest {
  readonly draft: DraftBranch;
  readonly revision: string;
  /** Write no files to the published branch, only the tag. */
  readonly tagOnly: boolean;
  readonly trailers: CommitMetadata;
  readonly approver: Person;
}

export type DeleteRequest =
  /** `keep`: its last commit stays, until `removeDeletedDrafts` removes it. */
  | { readonly kind: "draft"; readonly draft: DraftBranch; readonly keep: boolean }
  /** A draft without a branch, whose first commit may still be on its way. */
  | { readonly kind: "unbegun" }
  | {
      readonly kind: "published";
      readonly published: PublishedRef;
      readonly tagOnly: boolean;
      readonly author: Person;
    };
