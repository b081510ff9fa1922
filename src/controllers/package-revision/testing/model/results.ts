import type { PackageRevision, PackageRevisionStatus } from "../../../../api/v1alpha1/package-revision.ts";
import type { Readiness } from "../../../../core/conditions/conditions.ts";
import { contentDigest, type ShownPackage } from "../../../../core/files/package-file.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import type { Blocker } from "../../../../core/revision/observation.ts";
import type { AppliedRefs } from "../../../../storage/git/push/change.ts";

/** A reconcile under way: it halts before and after each of its effects, where it may be ended. */
export type Steps<T> = Generator<undefined, T>;

export interface Result {
  readonly status: Partial<Record<keyof PackageRevisionStatus, unknown>>;
  readonly readiness: Readiness;
  readonly object?: PackageRevision;
}

export const NOW = "2025-01-02T03:04:05Z";

export function withBlocker(
  blocker: Blocker | undefined,
  status: Result["status"],
  otherwise: Readiness,
  waits = true,
): Result {
  if (blocker === undefined) return { status: { ...status, waitingFor: undefined }, readiness: otherwise };
  const { reason, message, kind } = blocker;
  const state = kind === "waiting" ? "reconciling" : "stalled";
  return { status: { ...status, ...(waits && { waitingFor: [reason] }) }, readiness: { state, reason, message } };
}

export function describe(commit: Oid, read: ShownPackage): Result["status"] {
  return { commit, contentDigest: contentDigest(read.files), files: read.files.length, contentsSize: read.size };
}

export function oidOf(refs: AppliedRefs, ref: string): Oid {
  const found = refs.get(ref);
  if (found === undefined || found === null) throw new Error(`the push did not touch ${ref}`);
  return found;
}

export function ready(reason: string): Readiness {
  return { state: "ready", reason, message: reason };
}

export function reconciling(reason: string): Readiness {
  return { state: "reconciling", reason, message: reason };
}

export function lookAgain(): Result {
  return { status: {}, readiness: reconciling("BranchMoved") };
}
