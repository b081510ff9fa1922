import { locatePackage } from "../identity/location.ts";
import type { Oid } from "../identity/oid.ts";
import { draftRef, revisionRef, tombstoneRef } from "../identity/refs.ts";
import type { DraftBranch, PublishedRef, Tombstone } from "../repository/classify-ref.ts";
import type { CommitMetadata } from "../revision/commit-trailers.ts";

/** An object id made from a number. */
export function oid(number: number): Oid {
  return number.toString(16).padStart(40, "0");
}

export function trailersOf(path: string, workspace: string, more: Partial<CommitMetadata> = {}): CommitMetadata {
  return { path, workspace, lifecycle: "draft", metadata: {}, ...more };
}

/** A tag in a catalog repository; `workspace`: the one in its trailers. */
export function publishedRef(
  path: string,
  revision: string,
  more: { workspace?: string; commit?: Oid } = {},
): PublishedRef {
  const { workspace, commit = oid(1) } = more;
  return {
    kind: "published",
    ref: revisionRef(path, revision),
    path,
    location: locationAt(path),
    revision,
    commit,
    tree: oid(2),
    ...(workspace !== undefined && { trailers: trailersOf(path, workspace, { lifecycle: "published", revision }) }),
  };
}

/** A branch in a catalog repository. */
export function draftBranch(
  path: string,
  workspace: string,
  more: { trailers?: CommitMetadata; commit?: Oid } = {},
): DraftBranch {
  const { trailers, commit = oid(1) } = more;
  return {
    kind: "draft",
    ref: draftRef(path, workspace),
    path,
    location: locationAt(path),
    workspace,
    commit,
    tree: oid(2),
    ...(trailers !== undefined && { trailers, metadata: trailers.metadata }),
  };
}

export function tombstone(path: string, revision: string): Tombstone {
  return { kind: "tombstone", ref: tombstoneRef(path, revision), path, revision };
}

function locationAt(path: string) {
  const location = locatePackage({ directory: "", deployment: false }, path);
  if ("problem" in location) throw new Error(`${path}: ${location.problem}`);
  return location;
}
