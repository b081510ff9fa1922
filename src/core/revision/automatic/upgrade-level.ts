import { compareRevisions, parseRevision } from "../../identity/revision.ts";
import type { RecordedMetadata } from "../recorded-metadata.ts";
import { type NamedLock, recordedLock } from "../upstream-lock.ts";

/** What Git records of a proposal, and of the published revision that it began from. */
export interface RecordedPair {
  readonly before: RecordedMetadata;
  readonly after: RecordedMetadata;
}

/**
 * How the upstream has changed. `none`: it is the same revision; `major`, `minor`, `patch`: it is a newer one, and
 * the first number that differs is this one; `newer`: such as `v3.0.0` after `v3`; `other`: an older one, or one of
 * another package, or the local changes were not merged as before.
 */
export type UpgradeLevel = "none" | "patch" | "minor" | "major" | "newer" | "other";

/** `none` if neither side has an upstream, and no task has replaced the files. */
export function upgradeLevel({ before, after }: RecordedPair): UpgradeLevel {
  const task = taskOf(after);
  const [from, to] = [recordedLock(before), recordedLock(after)];
  if (task === "upgrade") return strategyOf(before) === strategyOf(after) ? levelOf(from, to) : "other";
  // A clone, or a new package, has none of the local changes.
  const isSame = task === undefined && levelOf(from, to) === "none";
  return isSame ? "none" : "other";
}

/** How local changes were merged: by the last upgrade, as by default where there was none. */
export function strategyOf(recorded: RecordedMetadata): string {
  return (taskOf(recorded) === "upgrade" ? recorded.spec?.upgradeStrategy : undefined) ?? "resource-merge";
}

function taskOf({ spec }: RecordedMetadata): string | undefined {
  return spec?.tasks?.[0]?.type;
}

function levelOf(from: NamedLock | undefined, to: NamedLock | undefined): UpgradeLevel {
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
