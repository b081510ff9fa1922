/** A published revision's number: `vX` or `vX.Y.Z`. */
export interface RevisionNumber {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

const REVISION = /^v(0|[1-9][0-9]{0,8})(?:\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8}))?$/;

/** The number in `v3` or `v3.0.1`; undefined for anything else. */
export function parseRevision(text: string): RevisionNumber | undefined {
  const match = REVISION.exec(text);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2] ?? 0), patch: Number(match[3] ?? 0) };
}

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`; `v3` comes before `v3.0.0`. */
export function compareRevisions(a: string, b: string): number {
  const [left, right] = [parseRevision(a), parseRevision(b)];
  if (left === undefined || right === undefined) return a < b ? -1 : a > b ? 1 : 0;
  return left.major - right.major || left.minor - right.minor || left.patch - right.patch || a.length - b.length;
}

/** The newest of some revisions; undefined of none. */
export function latestRevision(revisions: Iterable<string>): string | undefined {
  let latest: string | undefined;
  for (const revision of revisions) {
    if (latest === undefined || compareRevisions(revision, latest) > 0) latest = revision;
  }
  return latest;
}

/** The next revision of ours: one above the highest major ever used, deleted ones included. */
export function nextRevision(used: Iterable<string>): string {
  let highest = 0;
  for (const revision of used) highest = Math.max(highest, parseRevision(revision)?.major ?? 0);
  return `v${highest + 1}`;
}
