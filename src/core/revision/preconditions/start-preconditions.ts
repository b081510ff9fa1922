import { CATALOG_TARGET } from "../../identity/location.ts";
import { isBranchName } from "../../identity/refs.ts";
import type { Blocker, Observation, RevisionView } from "../observation.ts";
import { recordedLock } from "../upstream-lock.ts";
import { newFolderBlocker } from "./odd-folders.ts";

const USE_ANOTHER_NAME = "use another realm, package or workspace";

/** Why a draft cannot be created: the first blocker. */
export function startBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  return (
    targetBlocker(observation) ??
    newFolderBlocker(observation, view) ??
    refBlocker(observation, view) ??
    fileBlocker(view) ??
    overlapBlocker(view) ??
    upgradeBlocker(observation, view) ??
    upstreamBlocker(observation)
  );
}

function targetBlocker(observation: Observation): Blocker | undefined {
  const { target, repository: name } = observation.object.spec.packageRevID;
  const deployment = observation.repository?.spec.deployment ?? false;
  if (deployment && (target === undefined || target === CATALOG_TARGET)) {
    const message =
      `Repository ${name} is a deployment repository: spec.packageRevID.target must name the target of the ` +
      "package";
    return { reason: "TargetRequired", message, kind: "stalled" };
  }
  if (!deployment && target !== undefined && target !== CATALOG_TARGET) {
    const message = `Repository ${name} is a catalog: spec.packageRevID.target must be ${CATALOG_TARGET} or absent`;
    return { reason: "TargetNotAllowed", message, kind: "stalled" };
  }
  return undefined;
}

function refBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  const branch = `${view.path}/${observation.object.spec.packageRevID.workspace}`;
  if (!isBranchName(branch)) {
    // Some git commands parse `refs/heads/refs/…` as `refs/…`.
    const message = `${branch} is not a valid branch name: ${USE_ANOTHER_NAME}`;
    return { reason: "RefConflict", message, kind: "stalled" };
  }
  const [ref] = view.conflictingRefs;
  if (ref === undefined) return undefined;
  const message = `Git cannot hold this package's branch and tags beside ${ref}: ${USE_ANOTHER_NAME}`;
  return { reason: "RefConflict", message, kind: "stalled" };
}

/** A folder never replaces a file. */
export function fileBlocker(view: RevisionView): Blocker | undefined {
  if (view.fileInPlace === undefined) return undefined;
  const message =
    `${view.mainRef} has a file ${view.fileInPlace} at the path of the folder ${view.path}: remove the file, or ` +
    "use another name";
  return { reason: "PathConflict", message, kind: "stalled" };
}

function overlapBlocker(view: RevisionView): Blocker | undefined {
  // Existing nested packages are accepted; a new one is most likely a mistake.
  if (view.latest !== undefined) return undefined;
  return overlap(view, view.overlapping[0]);
}

/**
 * A branch that was pushed below a published package does not become a package of its own by its publication: files of
 * the published one would become its files. (A package above published ones leaves them as they are.)
 */
export function publishedOverlapBlocker(view: RevisionView): Blocker | undefined {
  return view.latest === undefined ? overlap(view, view.enclosing[0]) : undefined;
}

function overlap(view: RevisionView, other: string | undefined): Blocker | undefined {
  if (other === undefined) return undefined;
  const message =
    `the folder ${view.path} overlaps with the package ${other}: packages cannot be created above or below one ` +
    "another";
  return { reason: "OverlappingPackage", message, kind: "stalled" };
}

/** What an upgrade merges into. */
function upgradeBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  if (observation.object.spec.tasks?.[0]?.type !== "upgrade") return undefined;
  if (view.latest === undefined) {
    const message = `an upgrade needs a published revision of ${view.path}, and there is none: begin it with the task clone`;
    return { reason: "RevisionNotFound", message, kind: "stalled" };
  }
  if (recordedLock(view.latest.trailers?.metadata) !== undefined) return undefined;
  const message =
    `it is not recorded what ${view.path} ${view.latest.revision} was made from, so that its local changes are not ` +
    "known: clone spec.upstream (tasks: [{type: clone}]) and edit the draft, once; later revisions can be upgraded";
  return { reason: "UpstreamUnknown", message, kind: "stalled" };
}

function upstreamBlocker(observation: Observation): Blocker | undefined {
  const { tasks, upstream } = observation.object.spec;
  const task = tasks?.[0]?.type;
  if (task !== "clone" && task !== "upgrade") return undefined;
  if (upstream === undefined) {
    const message =
      task === "clone"
        ? "a clone needs spec.upstream, the package to clone"
        : "an upgrade needs spec.upstream, the package to upgrade to";
    return { reason: "UpstreamRequired", message, kind: "stalled" };
  }
  switch (observation.upstream.kind) {
    case "found":
      return undefined;
    case "notReady":
      return { reason: "UpstreamNotReady", message: observation.upstream.message, kind: "waiting" };
    case "missing":
      return { reason: "UpstreamNotFound", message: observation.upstream.message, kind: "waiting" };
    case "none":
      return { reason: "UpstreamNotFound", message: "spec.upstream was not looked up", kind: "waiting" };
    default:
      return observation.upstream satisfies never;
  }
}
