import { CATALOG_TARGET } from "../../identity/location.ts";
import { isBranchName } from "../../identity/refs.ts";
import type { GitView, Observed, Veto } from "../observation.ts";

/** What forbids a draft to begin: the first reason found. */
export function startVeto(seen: Observed, git: GitView): Veto | undefined {
  return targetVeto(seen) ?? refVeto(seen, git) ?? fileVeto(git) ?? overlapVeto(git) ?? upstreamVeto(seen);
}

function targetVeto(seen: Observed): Veto | undefined {
  const { target, repository } = seen.object.spec.packageRevID;
  const deployment = seen.repository?.spec.deployment ?? false;
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

function refVeto(seen: Observed, git: GitView): Veto | undefined {
  const branch = `${git.path}/${seen.object.spec.packageRevID.workspace}`;
  if (!isBranchName(branch)) {
    // `refs/heads/refs/…` is what git takes for `refs/…` now and then.
    const message = `${branch} is no name for a branch: use another realm, package or workspace`;
    return { reason: "RefConflict", message, kind: "stalled" };
  }
  const [ref] = git.conflictingRefs;
  if (ref === undefined) return undefined;
  const message = `Git cannot hold this package's branch and tags beside ${ref}: use another realm, package or workspace`;
  return { reason: "RefConflict", message, kind: "stalled" };
}

/** A folder is never made in the place of somebody's file. */
export function fileVeto(git: GitView): Veto | undefined {
  if (git.fileInPlace === undefined) return undefined;
  const message = `${git.mainRef} has a file ${git.fileInPlace} where the folder ${git.path} would have to be: remove it there, or use another name`;
  return { reason: "PathConflict", message, kind: "stalled" };
}

function overlapVeto(git: GitView): Veto | undefined {
  // What others have nested already is kept; a new package above or below another is most likely a mistake.
  if (git.latest !== undefined) return undefined;
  const other = git.enclosing[0] ?? git.nested[0]?.path;
  if (other === undefined) return undefined;
  const message = `the folder ${git.path} overlaps with the package ${other}: a package is not made above or below another`;
  return { reason: "OverlappingPackage", message, kind: "stalled" };
}

function upstreamVeto(seen: Observed): Veto | undefined {
  const { tasks, upstream } = seen.object.spec;
  if (tasks?.[0]?.type !== "clone") return undefined;
  if (upstream === undefined) {
    return { reason: "UpstreamRequired", message: "a clone needs spec.upstream: what to clone", kind: "stalled" };
  }
  switch (seen.upstream.state) {
    case "found":
      return undefined;
    case "notReady":
      return { reason: "UpstreamNotReady", message: seen.upstream.message, kind: "waiting" };
    case "missing":
      return { reason: "UpstreamNotFound", message: seen.upstream.message, kind: "waiting" };
    case "none":
      return { reason: "UpstreamNotFound", message: "spec.upstream was not looked up", kind: "waiting" };
    default:
      return seen.upstream satisfies never;
  }
}
