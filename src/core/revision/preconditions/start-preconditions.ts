import { CATALOG_TARGET } from "../../identity/location.ts";
import { isBranchName } from "../../identity/refs.ts";
import type { Blocker, Observation, RevisionView } from "../observation.ts";

/** What forbids a draft to begin: the first reason found. */
export function startBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  return (
    targetBlocker(observation) ??
    refBlocker(observation, view) ??
    fileBlocker(view) ??
    overlapBlocker(view) ??
    upstreamBlocker(observation)
  );
}

function targetBlocker(observation: Observation): Blocker | undefined {
  const { target, repository } = observation.object.spec.packageRevID;
  const deployment = observation.repository?.spec.deployment ?? false;
  if (deployment && (target === undefined || target === CATALOG_TARGET)) {
    const message = `Repository ${repository} is a deployment repository: spec.packageRevID.target must name what the package is for`;
    return { reason: "TargetRequired", message, kind: "stalled" };
  }
  if (!deployment && target !== undefined && target !== CATALOG_TARGET) {
    const message = `Repository ${repository} is a catalog: spec.packageRevID.target must be ${CATALOG_TARGET} or absent`;
    return { reason: "TargetNotAllowed", message, kind: "stalled" };
  }
  return undefined;
}

function refBlocker(observation: Observation, view: RevisionView): Blocker | undefined {
  const branch = `${view.path}/${observation.object.spec.packageRevID.workspace}`;
  if (!isBranchName(branch)) {
    // `refs/heads/refs/…` is what git takes for `refs/…` now and then.
    const message = `${branch} is no name for a branch: use another realm, package or workspace`;
    return { reason: "RefConflict", message, kind: "stalled" };
  }
  const [ref] = view.conflictingRefs;
  if (ref === undefined) return undefined;
  const message = `Git cannot hold this package's branch and tags beside ${ref}: use another realm, package or workspace`;
  return { reason: "RefConflict", message, kind: "stalled" };
}

/** A folder is never made in the place of somebody's file. */
export function fileBlocker(view: RevisionView): Blocker | undefined {
  if (view.fileInPlace === undefined) return undefined;
  const message = `${view.mainRef} has a file ${view.fileInPlace} where the folder ${view.path} would have to be: remove it there, or use another name`;
  return { reason: "PathConflict", message, kind: "stalled" };
}

function overlapBlocker(view: RevisionView): Blocker | undefined {
  // What others have nested already is kept; a new package above or below another is most likely a mistake.
  if (view.latest !== undefined) return undefined;
  const other = view.enclosing[0] ?? view.nested[0]?.path;
  if (other === undefined) return undefined;
  const message = `the folder ${view.path} overlaps with the package ${other}: a package is not made above or below another`;
  return { reason: "OverlappingPackage", message, kind: "stalled" };
}

function upstreamBlocker(observation: Observation): Blocker | undefined {
  const { tasks, upstream } = observation.object.spec;
  if (tasks?.[0]?.type !== "clone") return undefined;
  if (upstream === undefined) {
    return { reason: "UpstreamRequired", message: "a clone needs spec.upstream: what to clone", kind: "stalled" };
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
