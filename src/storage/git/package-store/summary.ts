import type { SkippedRef } from "../../../api/v1alpha1/repository-status.ts";
import { compare } from "../../../core/identity/compare.ts";
import type { StoreSummary, SummaryOptions } from "../../../core/ports/package-store.ts";
import { countByReason, type SkippedGroup, selectSkipped } from "../../../core/repository/skipped-refs.ts";
import { NAME_RESEMBLES_SECRET, WITHHELD_NAME } from "../error-text.ts";
import type { RefIndex } from "./ref-index.ts";

/** How many skipped refs a summary names. */
const MAX_SKIPPED = 20;

/**
 * Counts of everything in the repository, and some of the refs that are no package revisions: refused refs first, then
 * package revisions that no object can show, tags and branches.
 *
 * @param prefix of the full names of the refs that are named
 */
export function summarize(index: RefIndex, { withoutObject = [], prefix = "" }: SummaryOptions = {}): StoreSummary {
  const { packages, mirror, mainFollowed, mainCommit, rewrite } = index;
  const { skipped: others, ...counts } = packages.counts();
  const refused = [...mirror.refusedRefs().values()];
  const groups = [...groupByReason(refused), ...withoutObject].map(({ first, ...group }) => ({
    ...group,
    first: first.filter(({ ref }) => ref.startsWith(prefix)),
  }));
  const all = [...groups, ...packages.skipped.groups(MAX_SKIPPED, prefix)];
  const skipped = selectSkipped(all, MAX_SKIPPED)
    .map((one) => (mirror.resemblesSecret(`${one.ref} ${one.message}`) ? withheld(one) : one))
    .map(({ ref, reason, message }) => ({ ref, reason, message }));
  return {
    ...counts,
    others: others + withoutObject.reduce((sum, { count }) => sum + count, 0),
    refused: refused.length,
    skipped,
    skippedReasons: [...countByReason(all)].map(([reason, count]) => ({ reason, count })),
    ...(mainFollowed !== undefined && { commit: mainFollowed }),
    isEmpty: mainCommit === undefined && !index.hadMain && refused.length === 0,
    ...(rewrite !== undefined && { rewrite }),
  };
}

function groupByReason(refs: readonly SkippedRef[]): readonly SkippedGroup[] {
  const sorted = refs.toSorted((a, b) => compare(a.ref, b.ref));
  return [...Map.groupBy(sorted, ({ reason }) => reason)].map(([reason, first]) => ({
    reason,
    count: first.length,
    first,
  }));
}

function withheld({ ref, reason }: SkippedRef): SkippedRef {
  const kind = ref.startsWith("refs/tags/") ? "tags" : "heads";
  return { ref: `refs/${kind}/${WITHHELD_NAME}`, reason, message: `the name ${NAME_RESEMBLES_SECRET}` };
}
