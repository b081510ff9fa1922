import { compare } from "./compare.ts";

/** A published revision's number: `vX` or `vX.Y.Z`. */
export interface RevisionNumber {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
}

/** One digit more than what counts from everybody has: the revision after any of these is one, too. */
const REVISION = /^v(0|[1-9][0-9]{0,15})(?:\.(0|[1-9][0-9]{0,15})\.(0|[1-9][0-9]{0,15}))?$/;
/** The digits of a number that counts whoever pushed its tag: a date with a time has 14. */
export const MAX_DIGITS = 15;
const LARGE = new RegExp(`[0-9]{${MAX_DIGITS + 1}}`);

/** Parses `v3` or `v3.0.1`; undefined for any other text, and for numbers of more than 16 digits. */
export function parseRevision(text: string): RevisionNumber | undefined {
  const match = REVISION.exec(text);
  if (match === null) return undefined;
  return { major: BigInt(match[1] ?? 0), minor: BigInt(match[2] ?? 0), patch: BigInt(match[3] ?? 0) };
}

/**
 * True for a revision that only the operator may have made, after one with the largest number that counts from
 * everybody. Else whoever may push tags could push the number after which Git, or a reader of numbers, has none.
 */
export function isLargeRevision(revision: string): boolean {
  return LARGE.test(revision);
}

/**
 * Negative, zero or positive if `a` is older than, equal to or newer than `b`. `v3` comes before `v3.0.0`; texts that
 * are no revisions come before all revisions.
 */
export function compareRevisions(a: string, b: string): number {
  const [left, right] = [parseRevision(a), parseRevision(b)];
  if (left === undefined || right === undefined) {
    return left === right ? compare(a, b) : left === undefined ? -1 : 1;
  }
  return (
    compare(left.major, right.major) ||
    compare(left.minor, right.minor) ||
    compare(left.patch, right.patch) ||
    a.length - b.length
  );
}

/** The newest revision; undefined without revisions. */
export function latestRevision(revisions: Iterable<string>): string | undefined {
  let latest: string | undefined;
  for (const revision of revisions) {
    if (latest === undefined || compareRevisions(revision, latest) > 0) latest = revision;
  }
  return latest;
}

/**
 * The number of a publication: `next`, which is free in Git, or a higher one if package revisions in the cluster
 * (`known`) have that number or a higher one, and their tags were deleted externally. A number that users have seen is
 * never reused.
 */
export function unusedRevision(next: string, known: Iterable<string>): string {
  return latestRevision([next, nextRevision(known)]) ?? next;
}

/** The next revision: one above the highest major number ever used, including those of deleted revisions. */
export function nextRevision(used: Iterable<string>): string {
  let highest = 0n;
  for (const revision of used) {
    const { major } = parseRevision(revision) ?? { major: 0n };
    if (major > highest) highest = major;
  }
  return `v${highest + 1n}`;
}
