import type { Ledger } from "./ledger.ts";
import type { Observation } from "./observation.ts";
import { assembleSituation } from "./situation.ts";

/** How much a check of the invariants covered. */
export interface Coverage {
  /** Repositories whose remote was read. */
  readonly repositories: number;
  /** Package revisions of these. */
  readonly revisions: number;
  /** Tags of these that are published revisions or tombstones. */
  readonly tags: number;
  /** Commits that are reachable from their refs. */
  readonly commits: number;
  /** Acknowledged edits that were looked up in their histories. */
  readonly edits: number;
  /** `namespace/name` of each Repository that was not checked → reason. */
  readonly skipped: ReadonlyMap<string, string>;
}

/** No Repository was checked, or git could not read a remote; the message gives each reason. */
export class CoverageError extends Error {
  override readonly name = "CoverageError";
}

export function coverageOf(observation: Observation, { edits = [] }: Partial<Ledger> = {}): Coverage {
  const { repositories } = assembleSituation(observation);
  const sum = (count: (one: (typeof repositories)[number]) => number) =>
    repositories.reduce((total, one) => total + count(one), 0);
  const revisions = new Set(repositories.flatMap((one) => one.revisions.map(({ key }) => key)));
  return {
    repositories: repositories.length,
    revisions: revisions.size,
    tags: sum((one) => one.published.length + one.tombstones.length),
    commits: sum((one) => one.remote.commits.size),
    edits: edits.filter(({ revision }) => revisions.has(revision)).length,
    skipped: new Map([...observation.skipped].map(([key, { reason }]) => [key, reason])),
  };
}

/**
 * Throws a `CoverageError` if git could not read a remote, or if there are Repositories and none was checked.
 * `allSkipped`: why none can be.
 */
export function assertCovered(observation: Observation, allSkipped?: string): void {
  const unreadable = [...observation.skipped].filter(([, { kind }]) => kind === "unreadable");
  if (unreadable.length > 0) throw new CoverageError(`git cannot read ${describeSkipped(unreadable)}`);
  if (observation.skipped.size === 0 || observation.remotes.size > 0 || allSkipped !== undefined) return;
  throw new CoverageError(`no Repository was checked: ${describeSkipped([...observation.skipped])}`);
}

function describeSkipped(skipped: readonly (readonly [key: string, { readonly message: string }])[]): string {
  return skipped.map(([key, { message }]) => `${key}: ${message}`).join("; ");
}

/** One line. */
export function describeCoverage({ repositories, revisions, tags, commits, edits, skipped }: Coverage): string {
  const of = skipped.size === 0 ? "" : ` of ${repositories + skipped.size}`;
  const inGit = `${tags} tags, ${commits} commits, ${edits} edits`;
  const counts = `${repositories}${of} Repositories, ${revisions} revisions, ${inGit}`;
  const names = [...skipped].map(([key, reason]) => `${key.replace(/^.*\//, "")} (${reason})`).join(", ");
  return `invariants checked on ${counts}${names === "" ? "" : `; skipped: ${names}`}`;
}
