import type { PackageChanges } from "../../api/v1alpha1/package-changes.ts";
import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageVariant } from "../../api/v1alpha1/package-variant.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import type { PolicyState } from "../admission/policy-state.ts";
import type { Layout } from "../identity/location.ts";
import type { Oid } from "../identity/oid.ts";
import type { PublishedRef } from "../repository/classify-ref.ts";
import type { Discovered } from "../repository/package-index.ts";
import type { CommitMetadata } from "./commit-trailers.ts";

/** The state in `RevisionView.own` of a folder that does not exist. */
export const ABSENT = "absent";

/** The state of one package revision in Git, at one moment. */
export interface RevisionView {
  /** `namespace/name` of the Repository, which its commits and tags record. */
  readonly repository: string;
  readonly layout: Layout;
  /** The package's folder from the repository's root. */
  readonly path: string;
  /** The full name of the branch of published packages. */
  readonly mainRef: string;
  readonly mainCommit?: Oid;
  /** The tag or branch of this package revision. */
  readonly found?: Discovered;
  /** Without `found`: the remote has its tag or branch, which cannot be read; why. */
  readonly unreadable?: { readonly ref: string; readonly message: string };
  /** The tag of this published revision exists, and does not count: why. */
  readonly notVerified?: string;
  /** The draft's commit is the operator's, which returns the proposal of status to draft; status does not have it. */
  readonly isReturned?: boolean;
  readonly latest?: PublishedRef;
  /** The published revision before this one. */
  readonly previous?: PublishedRef;
  /** The commit of the tombstone of this revision, if it was deleted before and its tag was restored. */
  readonly tombstone?: Oid;
  /** The number of the next publication. */
  readonly next: string;
  /**
   * The folders of published packages below this one, from the repository's root, with their trees on main if they are
   * there. They end this package's folder; drafts do not.
   */
  readonly nested: readonly { readonly path: string; readonly mainTree?: Oid }[];
  /** The published packages whose folders contain this one. */
  readonly enclosing: readonly string[];
  /** Before a draft is created: the packages above and below its folder, drafts included. */
  readonly overlapping: readonly string[];
  /** A file (or symlink, or submodule) on main at the path of the package's folder or of one above it. */
  readonly fileInPlace?: string;
  /** True if the branch of published packages has ever existed: it was fetched, or there are published revisions. */
  readonly hadMain: boolean;
  /** Refs whose names conflict with the branch or the tags of this package revision. */
  readonly conflictingRefs: readonly string[];
  /** Texts that are equal for equal files of the package; packages below do not count. */
  readonly own: { readonly main?: string; readonly base?: string; readonly head?: string; readonly latest?: string };
  /** The last change of these files on main, if they are neither those of the draft's base nor those of the draft. */
  readonly mainChange?: {
    readonly commit: Oid;
    readonly author: string;
    /** The draft began from the files on main, so that a merge of main adds exactly the later changes. */
    readonly mergeable: boolean;
    /** The commit was merged into the draft's branch after the draft began. */
    readonly merged: boolean;
    /** Main had the latest revision before the change. Known only of a draft that is to be rebased. */
    readonly holdsLatest?: boolean;
  };
  /**
   * The folder on main has only files of the revision to be deleted, and the operator was the last to change it. It may
   * lack files: at the publication, a package below this one may have owned them.
   */
  readonly isMainOurs?: boolean;
  /** The published revision, other than the latest, whose files main's folder has. */
  readonly mainRevision?: string;
  /** The commit that was lost when the history of main was rewritten, until a user confirms the rewrite. */
  readonly mainLost?: Oid;
  /** While the object is deleted: the draft's branch has commits that the operator did not make. */
  readonly hasForeignCommits?: boolean;
  /** The commit in status that was lost when the history of the draft's branch was rewritten. */
  readonly branchLost?: Oid;
}

/** The folders of published packages below this one, from its own folder. */
export function nestedFolders({ nested, path }: Pick<RevisionView, "nested" | "path">): readonly string[] {
  return nested.map((one) => one.path.slice(path.length + 1));
}

/** The source of a clone: a published revision, or the folder on the branch of published packages. */
export interface Source {
  readonly revision: string;
  readonly commit: Oid;
  readonly tree: Oid;
  /** The packages below that are no part of it; absent: those of today. */
  readonly nested?: readonly string[];
  /** Of a published revision, if the operator signed its tag. */
  readonly trailers?: CommitMetadata;
}

/** The result of the search for `spec.upstream`; `none` if there is nothing to search for. */
export type UpstreamView =
  | { readonly kind: "none" }
  | { readonly kind: "notReady"; readonly message: string }
  | { readonly kind: "missing"; readonly message: string }
  | { readonly kind: "found"; readonly source: Source };

/** The drafts and proposals with the label of one release, in one Repository. */
export interface ReleaseView {
  readonly name: string;
  /** By name, the object itself among them; none if there are more than can be published together. */
  readonly members: readonly PackageRevision[];
  readonly count: number;
  /** False: the members are older than the object, so that later ones may be missing. */
  readonly isCurrent: boolean;
  /** One member is publishing all: each is decided on as if it was published alone. */
  readonly isBeingPublished?: boolean;
}

/** The input of `planRevision`, collected once per reconcile. */
export interface Observation {
  readonly object: PackageRevision;
  readonly repository?: Repository;
  /** Absent until the repository has been read. */
  readonly view?: RevisionView;
  readonly upstream: UpstreamView;
  /** The users who edited the draft, as admission recorded them; the last editor last. */
  readonly editors: readonly string[];
  /** An operator, this one or the one before, may have pushed the first commit, and not seen the remote's answer. */
  readonly mayHaveBegun?: boolean;
  /** Of the admission policies that an approval relies on. */
  readonly policies: PolicyState;
  /** The release that the label puts the revision in, if it is a draft or a proposal. */
  readonly release?: ReleaseView;
  /** True if an edit may not be attributed to any of them. Known only where editors decide on an approval. */
  readonly hasUnknownEditors?: boolean;
  /**
   * Of a proposal: the files, by their path in the package, in which it differs from the latest published revision.
   * Known only where the Repository has a rule about them.
   */
  readonly changedFiles?: readonly string[];
  /** Those of them that had another mode before. In a Repository with automatic rules. */
  readonly changedModes?: readonly string[];
  /** Of a proposal, at the time of the observation. */
  readonly freeze?: FreezeState;
  /** Of a proposal in a Repository with automatic rules: what its files change, once that is known. */
  readonly review?: ProposalReview;
  /** In the same cases: the PackageVariant that the annotation names, of whatever uid. */
  readonly variant?: PackageVariant;
  /** In the same cases: the object of the latest published revision. */
  readonly previous?: PackageRevision;
  /** The automatic rules were set while their admission policy was missing. */
  readonly areRulesUnchecked?: true;
}

/** The review of the files with this `contentDigest`, against the revision that the draft began from. */
export interface ProposalReview {
  readonly digest: string;
  /** Absent if it could not be compared. */
  readonly changes?: PackageChanges;
}

/** A freeze of the Repository that is on. */
export interface FreezeState {
  readonly name: string;
  /** Milliseconds since 1970; `problem`: its end cannot be computed. */
  readonly end: { readonly until: number } | { readonly problem: string };
}

/** Why a step cannot be taken, as a condition. */
export interface Blocker {
  readonly reason: string;
  readonly message: string;
  /** `stalled`: a user must act. `waiting`: the controller continues when the awaited state is there. */
  readonly kind: "stalled" | "waiting";
  /** Milliseconds since 1970: when the step may be possible, of which no event tells. */
  readonly until?: number;
}
