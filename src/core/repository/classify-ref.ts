import { type Layout, type LocationProblem, locatePackage, type PackageLocation } from "../identity/location.ts";
import type { Oid } from "../identity/oid.ts";
import { isBranchName, parseRef } from "../identity/refs.ts";
import { parseRevision } from "../identity/revision.ts";
import type { CommitMetadata } from "../revision/commit-trailers.ts";

/** What Git says of one ref: gathered by the caller, judged here. */
export interface RefFacts {
  readonly ref: string;
  /** The commit it points at, through tag objects; absent if it points at none. */
  readonly commit?: Oid;
  /** The tree of the folder that the ref's name speaks of, in that commit; absent if there is no such folder. */
  readonly tree?: Oid;
  /** The trailers in an annotated tag's message, or in the commit's for a branch. A lightweight tag has none. */
  readonly trailers?: CommitMetadata;
  /** When it was made, in seconds since 1970. */
  readonly time?: number;
}

export interface PublishedRef {
  readonly kind: "published";
  readonly ref: string;
  readonly path: string;
  readonly location: PackageLocation;
  readonly revision: string;
  readonly commit: Oid;
  readonly tree: Oid;
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
  /** Absent while the package has no file. */
  readonly tree?: Oid;
  readonly trailers?: CommitMetadata;
}

export interface Tombstone {
  readonly kind: "tombstone";
  readonly ref: string;
  readonly path: string;
  readonly revision: string;
}

export type SkipReason =
  | LocationProblem
  | "NotARevision"
  | "FolderMissing"
  | "NotACommit"
  | "NotADraft"
  | "NameConflict";

export interface Skipped {
  readonly kind: "skipped";
  readonly ref: string;
  readonly reason: SkipReason;
  readonly message: string;
}

export type Classified = PublishedRef | DraftBranch | Tombstone | Skipped;

/** The folder that a ref's name speaks of: where the caller looks for `RefFacts.tree`; undefined: nowhere. */
export function folderOfRef(ref: string): string | undefined {
  const name = parseRef(ref);
  return name.kind === "tag" || name.kind === "branch" ? name.folder || undefined : undefined;
}

/** What a ref is to the package index. `mainTree` is the tree of the same folder on the packages' branch. */
export function classifyRef(layout: Layout, facts: RefFacts, mainTree: Oid | undefined): Classified {
  const name = parseRef(facts.ref);
  switch (name.kind) {
    case "tag":
      return classifyTag(layout, facts, name.folder, name.leaf);
    case "branch":
      return classifyBranch(layout, facts, name, mainTree);
    case "tombstone":
      return classifyTombstone(layout, facts, name.folder, name.revision);
    case "other":
      return skip(facts, "NotARevision", "neither a tag nor a branch");
    default:
      return name satisfies never;
  }
}

function classifyTombstone(layout: Layout, facts: RefFacts, folder: string, revision: string): Classified {
  const location = locate(layout, folder);
  if ("problem" in location) return skip(facts, location.problem, PROBLEMS[location.problem]);
  if (parseRevision(revision) === undefined)
    return skip(facts, "NotARevision", `${JSON.stringify(revision)} is not a revision`);
  return { kind: "tombstone", ref: facts.ref, path: folder, revision };
}

function classifyTag(layout: Layout, facts: RefFacts, folder: string, leaf: string): Classified {
  if (parseRevision(leaf) === undefined) {
    return skip(facts, "NotARevision", `${JSON.stringify(leaf)} is not a revision: v1 or v1.2.3 is expected`);
  }
  const location = locate(layout, folder);
  if ("problem" in location) return skip(facts, location.problem, PROBLEMS[location.problem]);
  if (facts.commit === undefined) return skip(facts, "NotACommit", "the tag points at no commit");
  if (facts.tree === undefined) return skip(facts, "FolderMissing", `the tagged commit has no folder ${folder}`);
  const { ref, commit, tree } = facts;
  const trailers = ownTrailers(facts.trailers, folder);
  const time = facts.time === undefined ? {} : { time: facts.time };
  return { kind: "published", ref, path: folder, location, revision: leaf, commit, tree, ...trailers, ...time };
}

function classifyBranch(
  layout: Layout,
  facts: RefFacts,
  name: { readonly branch: string; readonly folder: string; readonly leaf: string },
  mainTree: Oid | undefined,
): Classified {
  const location = locate(layout, name.folder);
  if ("problem" in location) return skip(facts, "NotADraft", PROBLEMS[location.problem]);
  const { ref, commit, tree } = facts;
  if (commit === undefined) return skip(facts, "NotACommit", "the branch points at no commit");
  const recorded = facts.trailers?.workspace === name.leaf && facts.trailers.path === name.folder;
  const differs = tree !== undefined && tree !== mainTree;
  if (!isBranchName(name.branch) || !(recorded || differs)) {
    return skip(facts, "NotADraft", `the branch holds no change of the folder ${name.folder}`);
  }
  const draft = { kind: "draft", ref, path: name.folder, location, workspace: name.leaf, commit } as const;
  return { ...draft, ...(tree !== undefined && { tree }), ...(recorded && ownTrailers(facts.trailers, name.folder)) };
}

const PROBLEMS: Record<LocationProblem, string> = {
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
