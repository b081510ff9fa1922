import { compareRevisions, parseRevision } from "../../identity/revision.ts";
import type { NamedLock } from "../upstream-lock.ts";

/**
 * How the upstream has changed. `none`: it is the same revision; `major`, `minor`, `patch`: it is a newer one, and
 * the first number that differs is this one; `newer`: such as `v3.0.0` after `v3`; `other`: an older one, or one of
 * another package.
 */
export type UpgradeLevel = "none" | "patch" | "minor" | "major" | "newer" | "other";

/** `none` if neither side has an upstream. */
export function upgradeLevel(from: NamedLock | undefined, to: NamedLock | undefined): UpgradeLevel {
  if (from === undefined && to === undefined) return "none";
  if (from === undefined || to === undefined || !isSamePackage(from, to)) return "other";
  // The same number at another commit: its tag was moved.
  if (from.revision === to.revision) return from.commit === to.commit ? "none" : "other";
  const [was, now] = [parseRevision(from.revision), parseRevision(to.revision)];
  if (was === undefined || now === undefined || compareRevisions(to.revision, from.revision) < 0) return "other";
  if (was.major !== now.major) return "major";
  // `v3` says nothing about the rest.
  if (!from.revision.includes(".") || !to.revision.includes(".")) return "newer";
  return was.minor === now.minor ? "patch" : "minor";
}

function isSamePackage(one: NamedLock, other: NamedLock): boolean {
  return (["repository", "target", "realm", "package"] as const).every((key) => one[key] === other[key]);
}
