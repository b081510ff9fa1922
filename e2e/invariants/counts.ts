import type { Ledger } from "./ledger.ts";
import type { Invariant, Observation } from "./observation.ts";
import { isPublished } from "./published.ts";
import { assembleSituation, isOurTag } from "./situation.ts";

/** Each invariant in one line. */
export const INVARIANTS: Readonly<Record<Invariant, string>> = {
  1: "each published revision has exactly one tag, at the commit in its status, or reports an external change of it",
  2: "the contents objects equal the tag's files, byte for byte",
  3: "a revision's number is unique, and is not reused after its deletion",
  4: "the packages' branch has the latest revision of each package, and the operator's commits on it are linear",
  5: "every accepted external commit is still reachable",
  6: "every edit that status acknowledges is in Git",
  7: "no orphaned branch, tag or contents object",
  8: "nothing is published without an approval of its digest, and git verifies what the operator made",
  9: "every object was reconciled, and is Ready or names the cause",
  10: "another full sync makes no commit and no write",
};

/**
 * Number of objects, refs and records that each invariant was checked on; for 10, of objects and refs that must not
 * change.
 */
export function countChecked(
  observation: Observation,
  ledger: Partial<Ledger> = {},
): Readonly<Record<Invariant, number>> {
  const { repositories } = assembleSituation(observation);
  const { cluster } = observation;
  const sum = (count: (one: (typeof repositories)[number]) => number) =>
    repositories.reduce((total, one) => total + count(one), 0);
  return {
    1: sum((one) => one.published.length + one.revisions.filter(isPublished).length),
    2: sum((one) => one.revisions.filter(isPublished).length),
    3: sum((one) => one.published.length + one.tombstones.length),
    4: sum((one) => new Set(one.published.filter(isOurTag).map(({ path }) => path)).size),
    5: ledger.commits?.length ?? 0,
    6: sum((one) => one.revisions.filter((revision) => !isPublished(revision)).length) + (ledger.edits?.length ?? 0),
    7: sum((one) => one.drafts.length + one.remote.refs.size) + cluster.contents.length + observation.leftovers.length,
    8: sum((one) => one.published.filter(isOurTag).length + one.drafts.length),
    9: cluster.repositories.length + cluster.revisions.length + cluster.contents.length,
    10: cluster.revisions.length + cluster.contents.length + sum((one) => one.remote.refs.size),
  };
}
