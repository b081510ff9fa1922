import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PublishedRef } from "./classify-ref.ts";
import type { PackageEntry } from "./package-entry.ts";
import type { Discovered } from "./package-index.ts";

/**
 * The revision or draft of a package that an object stands for: by the object's ID and status alone, never by its name.
 *
 * @param hasBranch The branch of the object's workspace exists, whether it is classified as a draft or not.
 */
export function identify(
  entry: PackageEntry | undefined,
  object: PackageRevision,
  hasBranch: boolean,
): Discovered | undefined {
  if (entry === undefined) return undefined;
  const { status, spec } = object;
  const { workspace, revision } = spec.packageRevID;
  const isPublished = status?.lifecycle === "published" || status?.lifecycle === "deletionProposed";
  // Whatever branch has appeared since, and wherever the tag was moved.
  if (isPublished && status.revision !== undefined && !isContradicted(entry, object, status.revision)) {
    return entry.published.get(status.revision);
  }
  const published = revision === undefined ? undefined : entry.published.get(revision);
  if (published !== undefined && isNamed(published, workspace)) return published;
  const own = findPublication(entry, object) ?? entry.drafts.get(workspace);
  if (own !== undefined) return own;
  // A tag that names the workspace of an open draft does not take its object.
  if (hasBranch && (status?.lifecycle === "draft" || status?.lifecycle === "proposed")) return undefined;
  const recorded = oldestRecorded(entry, workspace);
  if (recorded !== undefined) return entry.published.get(recorded);
  const external = entry.published.get(workspace);
  return external !== undefined && workspaceOf(entry, external) === workspace ? external : undefined;
}

/**
 * The workspace in the ID of the object that is created for a revision or draft. A revision keeps the workspace that it
 * was published from, unless that has a branch again or an older revision; every other tag has its revision as its
 * workspace. Undefined for a branch that is named like a revision of its package.
 */
export function workspaceOf(entry: PackageEntry | undefined, found: Discovered): string | undefined {
  if (found.kind === "draft") return entry?.published.has(found.workspace) === true ? undefined : found.workspace;
  const recorded = found.trailers?.workspace;
  if (recorded === undefined || entry === undefined || entry.drafts.has(recorded)) return found.revision;
  return oldestRecorded(entry, recorded) === found.revision ? recorded : found.revision;
}

/**
 * Only status says that the object is published, and Git has a draft of its workspace that the operator recorded: the
 * operator sets the number in the ID before status says so, and the publication deletes the branch.
 */
function isContradicted({ drafts, published }: PackageEntry, { spec }: PackageRevision, revision: string): boolean {
  const { workspace, revision: number } = spec.packageRevID;
  const named = published.get(revision);
  if (number !== undefined || (named !== undefined && isNamed(named, workspace))) return false;
  return drafts.get(workspace)?.trailers !== undefined;
}

/** True if an object for the tag may have this workspace. */
function isNamed({ revision, trailers }: PublishedRef, workspace: string): boolean {
  return workspace === revision || workspace === trailers?.workspace;
}

/** The oldest of the revisions that were published from a workspace; a workspace is not named like a revision. */
function oldestRecorded({ recorded, published }: PackageEntry, workspace: string): string | undefined {
  return published.has(workspace) ? undefined : recorded.get(workspace)?.oldest;
}

/**
 * The publication of this very object's approved proposal: the operator was ended before status recorded it. A branch
 * that was pushed again since is not published once more.
 */
function findPublication(entry: PackageEntry, { spec, status }: PackageRevision): PublishedRef | undefined {
  const { proposal } = status ?? {};
  const { approval, packageRevID } = spec;
  if (proposal === undefined || approval === undefined || spec.lifecycle !== "published") return undefined;
  return [...(entry.recorded.get(packageRevID.workspace) ?? [])]
    .flatMap((revision) => entry.published.get(revision) ?? [])
    .find(
      ({ commit, trailers }) =>
        commit === proposal.commit &&
        trailers?.proposalDigest === approval.digest &&
        trailers.approvedBy === approval.by,
    );
}
