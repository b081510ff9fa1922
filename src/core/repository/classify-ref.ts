import { type Layout, type LocationProblem, locatePackage, type PackageLocation } from "../identity/location.ts";
import type { Oid } from "../identity/oid.ts";
import { isBranchName, parseRef } from "../identity/refs.ts";
import { isLargeRevision, MAX_DIGITS, parseRevision } from "../identity/revision.ts";
import type { CommitMetadata } from "../revision/commit-trailers.ts";
import { recordedEditors } from "../revision/editor-trailers.ts";
import type { RecordedMetadata } from "../revision/recorded-metadata.ts";

/** The facts about one ref, read by the caller. */
export interface RefFacts {
  readonly ref: string;
  /** The commit that it points at, directly or through tag objects; absent if there is none. */
  readonly commit?: Oid;
  /** The tree in that commit of the folder in the ref's name; absent if there is no such folder. */
  readonly tree?: Oid;
  /** A foreign branch that says itself that it is a draft: its folder has a `Kptfile`, or the operator began it. */
  readonly isClaimed?: boolean;
  /** The trailers of an annotated tag's message, or of a branch's commit, if the operator signed it. */
  readonly trailers?: CommitMetadata;
  /** The time of the tag or commit, in seconds since 1970. */
  readonly time?: number;
  /** What the operator recorded last on a branch, below commits of others. */
  readonly metadata?: RecordedMetadata;
  /** Who edited the draft of a branch, as commits that the operator signed say. */
  readonly editors?: readonly string[];
  /** Why a tag does not count where the Repository asks for verification. */
  readonly notVerified?: string;
  /** Others may have edited it as well. */
  readonly editorsUnknown?: true;
  /** See `ClaimedEditors`. */
  readonly claimed?: readonly string[];
}

export interface PublishedRef {
  readonly kind: "published";
  readonly ref: string;
  readonly path: string;
  readonly location: PackageLocation;
  readonly revision: string;
  readonly commit: Oid;
  readonly tree: Oid;
  /**
   * The paths of the packages below its folder that are not part of it, as its record says: tags that are pushed later
   * do not change what was published. Absent without a record.
   */
  readonly nested?: readonly string[];
  readonly trailers?: CommitMetadata;
  readonly time?: number;
}

export interface DraftBranch {
  readonly kind: "draft";
  readonly ref: string;
  readonly path: string;
  readonly location: PackageLocation;
  readonly workspace: string;
  readonly commit: Oid;
  /** Absent while the package has no files. */
  readonly tree?: Oid;
  /** Of its newest commit, if that is the operator's. */
  readonly trailers?: CommitMetadata;
  /** What the operator recorded last on the branch, in its newest commit or below commits of others. */
  readonly metadata?: RecordedMetadata;
  /** Who edited it, as the operator's commits in its history say. */
  readonly editors?: readonly string[];
  /** Others may have edited it as well. */
  readonly editorsUnknown?: true;
  /** See `ClaimedEditors`; only of a branch whose newest commit is not the operator's. */
  readonly claimed?: readonly string[];
  /** A branch that is a draft only because an object takes it: Git is to record that. */
  readonly isTaken?: boolean;
}

export interface Tombstone {
  readonly kind: "tombstone";
  readonly ref: string;
  readonly path: string;
  readonly revision: string;
}

/** A tag that keeps the last commit of a deleted draft: no package revision, and nothing that a user looks for. */
export interface DeletedDraft {
  readonly kind: "deletedDraft";
  readonly ref: string;
  /** The object that was deleted with it; absent if the operator did not record that. */
  readonly deleted?: { readonly uid: string; readonly commit: Oid };
}

export type SkipReason =
  | LocationProblem
  | "NotARevision"
  | "FolderMissing"
  | "NotACommit"
  | "NotADraft"
  | "AlreadyPublished"
  | "NotVerified";

export interface Skipped {
  readonly kind: "skipped";
  readonly ref: string;
  readonly reason: SkipReason;
  readonly message: string;
}

export type Classified = PublishedRef | DraftBranch | Tombstone | DeletedDraft | Skipped;

/** The folder in a ref's name, for `RefFacts.tree`; undefined if no package can be there. */
export function folderOfRef(ref: string): string | undefined {
  const name = parseRef(ref);
  return name.kind === "tag" || name.kind === "branch" ? name.folder || undefined : undefined;
}

/** A branch that the operator did not make, or not last: whether it is a draft depends on its surroundings. */
export function isForeignBranch({ ref, trailers }: RefFacts): boolean {
  const name = parseRef(ref);
  if (name.kind !== "branch") return false;
  // The commit of a publication says the same, and is on main.
  const isOfDraft = trailers?.lifecycle === "draft" || trailers?.lifecycle === "proposed";
  return !(isOfDraft && trailers.workspace === name.leaf && trailers.path === name.folder);
}

/** What a foreign branch depends on beside itself. */
export interface Surroundings {
  /** The tree of the same folder on the branch of published packages. */
  readonly mainTree?: Oid | undefined;
  /** The folder has a published revision, or a draft that is no foreign branch. */
  readonly isPackage: boolean;
  /** A published revision of the same folder is at the same commit. */
  readonly isPublished: boolean;
}

/** Classifies a ref for the package index. */
export function classifyRef(layout: Layout, facts: RefFacts, surroundings: Surroundings): Classified {
  const name = parseRef(facts.ref);
  switch (name.kind) {
    case "tag":
      return classifyTag(layout, facts, name.folder, name.leaf);
    case "branch":
      return classifyBranch(layout, facts, name, surroundings);
    case "tombstone":
      return classifyTombstone(layout, facts, name.folder, name.revision);
    case "deletedDraft":
      return classifyDeletedDraft(facts);
    case "other":
      return skip(facts, "NotARevision", "neither a tag nor a branch");
    default:
      return name satisfies never;
  }
}

function classifyDeletedDraft({ ref, commit, trailers }: RefFacts): DeletedDraft {
  const uid = trailers?.uid;
  if (uid === undefined || commit === undefined) return { kind: "deletedDraft", ref };
  return { kind: "deletedDraft", ref, deleted: { uid, commit } };
}

function classifyTombstone(layout: Layout, facts: RefFacts, folder: string, revision: string): Classified {
  const location = locate(layout, folder);
  if ("problem" in location) return skip(facts, location.problem, MESSAGES[location.problem]);
  if (parseRevision(revision) === undefined)
    return skip(facts, "NotARevision", `${JSON.stringify(revision)} is not a revision`);
  if (isLargeRevision(revision)) return skip(facts, "NotARevision", TOO_LARGE);
  return { kind: "tombstone", ref: facts.ref, path: folder, revision };
}

function classifyTag(layout: Layout, facts: RefFacts, folder: string, leaf: string): Classified {
  if (parseRevision(leaf) === undefined) {
    return skip(facts, "NotARevision", `${JSON.stringify(leaf)} is not a revision: v1 or v1.2.3 is expected`);
  }
  const location = locate(layout, folder);
  if ("problem" in location) return skip(facts, location.problem, MESSAGES[location.problem]);
  if (facts.commit === undefined) return skip(facts, "NotACommit", "the tag points at no commit");
  if (facts.tree === undefined) return skip(facts, "FolderMissing", `the tagged commit has no folder ${folder}`);
  if (facts.notVerified !== undefined) return skip(facts, "NotVerified", facts.notVerified);
  const { ref, commit, tree } = facts;
  const { trailers } = ownTrailers(facts.trailers, folder);
  if (isLargeRevision(leaf) && trailers?.revision !== leaf) return skip(facts, "NotARevision", TOO_LARGE);
  return {
    kind: "published",
    ref,
    path: folder,
    location,
    revision: leaf,
    commit,
    tree,
    ...(trailers !== undefined && { trailers, nested: trailers.nested ?? [] }),
    ...(facts.time !== undefined && { time: facts.time }),
  };
}

function classifyBranch(
  layout: Layout,
  facts: RefFacts,
  name: { readonly branch: string; readonly folder: string; readonly leaf: string },
  { mainTree, isPackage, isPublished }: Surroundings,
): Classified {
  const location = locate(layout, name.folder);
  if ("problem" in location) return skip(facts, "NotADraft", MESSAGES[location.problem]);
  const { ref, commit, tree } = facts;
  if (commit === undefined) return skip(facts, "NotACommit", "the branch points at no commit");
  const isRecorded = !isForeignBranch(facts);
  const differs = tree !== undefined && tree !== mainTree;
  if (!isBranchName(name.branch) || !(isRecorded || differs)) {
    return skip(facts, "NotADraft", `the branch does not change the folder ${name.folder}`);
  }
  if (!isRecorded && isPublished) {
    return skip(facts, "AlreadyPublished", "the branch is at the commit of a tag of its package: nothing is new in it");
  }
  // `docs/fix-typo` of a colleague is nobody's draft.
  if (!isRecorded && !isPackage && facts.isClaimed !== true) {
    const message =
      `the folder ${name.folder} is no package yet, and has no Kptfile: to take the branch as a draft, create a ` +
      `PackageRevision with ${JSON.stringify({ ...location, workspace: name.leaf })} as its spec.packageRevID`;
    return skip(facts, "NotADraft", message);
  }
  const draft = { kind: "draft", ref, path: name.folder, location, workspace: name.leaf, commit } as const;
  const { trailers } = isRecorded ? ownTrailers(facts.trailers, name.folder) : {};
  const metadata = trailers?.metadata ?? facts.metadata;
  return {
    ...draft,
    ...(tree !== undefined && { tree }),
    ...(trailers !== undefined && { trailers }),
    ...(metadata !== undefined && { metadata }),
    ...recordedEditors(facts),
    ...(facts.claimed !== undefined && { claimed: facts.claimed }),
  };
}

const TOO_LARGE = `a number of more than ${MAX_DIGITS} digits counts only in a tag of the operator`;

const MESSAGES: Record<LocationProblem, string> = {
  OutsideDirectory: "outside of spec.git.directory",
  NoPackagePath: "the name has no package folder before its last part",
  NoTarget: "the name has no target: target/[realm/]package/… is expected in a deployment repository",
};

function locate(layout: Layout, folder: string): ReturnType<typeof locatePackage> {
  return folder === "" ? { problem: "NoPackagePath" } : locatePackage(layout, folder);
}

function ownTrailers(trailers: CommitMetadata | undefined, path: string): { readonly trailers?: CommitMetadata } {
  return trailers?.path === path ? { trailers } : {};
}

function skip(facts: RefFacts, reason: SkipReason, message: string): Skipped {
  return { kind: "skipped", ref: facts.ref, reason, message };
}
