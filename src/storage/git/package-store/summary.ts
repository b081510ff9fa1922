import type { SkippedRef } from "../../../api/v1alpha1/repository-status.ts";
import { compare } from "../../../core/identity/compare.ts";
import type { StoreSummary } from "../../../core/ports/package-store.ts";
import { NAME_RESEMBLES_SECRET, WITHHELD_NAME } from "../error-text.ts";
import type { RefIndex } from "./ref-index.ts";

/** How many skipped refs a summary names. */
const MAX_SKIPPED = 20;

/**
 * Counts of everything in the repository, and the refs that are no package revisions; refused refs first, then
 * package revisions that no object can show.
 */
export function summarize(
  index: RefIndex,
  withoutObject: { readonly count: number; readonly first: readonly SkippedRef[] } = { count: 0, first: [] },
): StoreSummary {
  const { packages, mirror, mainFollowed, mainCommit, rewrite } = index;
  const { skipped: others, ...counts } = packages.counts();
  const refused = [...mirror.refusedRefs().values()].sort((a, b) => compare(a.ref, b.ref));
  const skipped: readonly SkippedRef[] = [
    ...refused.slice(0, MAX_SKIPPED),
    ...withoutObject.first,
    ...packages.skipped(MAX_SKIPPED),
  ]
    .slice(0, MAX_SKIPPED)
    .map((one) => (mirror.resemblesSecret(`${one.ref} ${one.message}`) ? withheld(one) : one))
    .map(({ ref, reason, message }) => ({ ref, reason, message }));
  return {
    ...counts,
    others: others + withoutObject.count,
    refused: refused.length,
    skipped,
    ...(mainFollowed !== undefined && { commit: mainFollowed }),
    isEmpty: mainCommit === undefined && !index.hadMain,
    ...(rewrite !== undefined && { rewrite }),
  };
}

function withheld({ ref, reason }: SkippedRef): SkippedRef {
  const kind = ref.startsWith("refs/tags/") ? "tags" : "heads";
  return { ref: `refs/${kind}/${WITHHELD_NAME}`, reason, message: `the name ${NAME_RESEMBLES_SECRET}` };
}
