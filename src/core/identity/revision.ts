/** A published revision's number: `vX` or `vX.Y.Z`. */
export interface RevisionNumber {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
}

/** Of any length: whatever tag is there, the revision after it can be read too. */
const REVISION = /^v(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*))?$/;

/** The number in `v3` or `v3.0.1`; undefined for anything else. */
export function parseRevision(text: string): RevisionNumber | undefined {
  const match = REVISION.exec(text);
  if (match === null) return undefined;
  return { major: BigInt(match[1] ?? 0), minor: BigInt(match[2] ?? 0), patch: BigInt(match[3] ?? 0) };
}

/**
 * Negative, zero or positive as `a` is older than, equal to or newer than `b`; `v3` comes before `v3.0.0`, and what is no
 * revision before all that are.
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

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The newest of some revisions; undefined of none. */
export function latestRevision(revisions: Iterable<string>): string | undefined {
  let latest: string | undefined;
  for (const revision of revisions) {
    if (latest === undefined || compareRevisions(revision, latest) > 0) latest = revision;
  }
  return latest;
}

/**
 * The number of a publication: the one that Git has free (`next`), or a later one where others have deleted the tag of a
 * revision that is known (`known`) beyond that. A number that people have acted upon is never given to something else.
 */
export function unusedRevision(next: string, known: Iterable<string>): string {
  return latestRevision([next, nextRevision(known)]) ?? next;
}

/** The next revision of ours: one above the highest major ever used, deleted ones included. */
export function nextRevision(used: Iterable<string>): string {
  let highest = 0n;
  for (const revision of used) {
    const { major } = parseRevision(revision) ?? { major: 0n };
    if (major > highest) highest = major;
  }
  return `v${highest + 1n}`;
}
