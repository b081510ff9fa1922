import type { Ledger } from "./ledger.ts";
import type { Invariant, Observation } from "./observation.ts";
import { isPublished } from "./published.ts";
import { assembleSituation, isOurTag } from "./situation.ts";

/** What each invariant promises, in a line. */
export const INVARIANTS: Readonly<Record<Invariant, string>> = {
  1: "each published revision has exactly one tag, at the commit in its status, or says what others did to it",
  2: "the contents objects equal the tag's files, byte for byte",
  3: "a revision's number is unique, and not used again after its deletion",
  4: "the packages' branch holds the latest revision of each package of ours, our commits on it are linear",
  5: "every commit of others that was accepted is there",
  6: "every edit that status acknowledges is in Git",
  7: "no branch, tag or contents object that nobody knows of",
  8: "nothing is published without an approval of that very digest",
  9: "everything was looked at, and is ready or says why not",
  10: "another full sync makes no commit and no write",
};

/** How many objects, refs or facts each invariant was judged on; 10 is another matter. */
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
    8: sum((one) => one.published.filter(isOurTag).length),
    9: cluster.repositories.length + cluster.revisions.length + cluster.contents.length,
    10: cluster.revisions.length + cluster.contents.length + sum((one) => one.remote.refs.size),
  };
}
