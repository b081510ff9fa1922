import sorted from "sorted-btree";
import type { SkippedRef } from "../../api/v1alpha1/repository-status.ts";
import { compare } from "../identity/compare.ts";
import type { Skipped } from "./classify-ref.ts";

const { default: BTree } = sorted;
type Group = InstanceType<typeof BTree<string, Skipped>>;

/** Refs that are no package revisions for the same reason. */
export interface SkippedGroup {
  readonly reason: string;
  readonly count: number;
  /** The first of them, by name. */
  readonly first: readonly SkippedRef[];
}

/**
 * The refs that are no package revisions, in groups: tags before branches, since a tag is meant to be seen, and of tags
 * first those that are not verified. A change costs the logarithm of their count.
 */
export class SkippedRefs {
  readonly #groups = new BTree<string, Group>(undefined, compare);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(skipped: Skipped): void {
    const key = groupOf(skipped);
    const group: Group = this.#groups.get(key) ?? new BTree<string, Skipped>(undefined, compare);
    this.#groups.set(key, group);
    if (group.set(skipped.ref, skipped)) this.#size++;
  }

  delete(skipped: Skipped): void {
    const key = groupOf(skipped);
    const group = this.#groups.get(key);
    if (group?.delete(skipped.ref) !== true) return;
    this.#size--;
    if (group.size === 0) this.#groups.delete(key);
  }

  /** @param prefix of the refs' full names; it limits what a group names, not its count */
  groups(limit: number, prefix = ""): readonly SkippedGroup[] {
    return [...this.#groups.values()].map((group) => ({
      reason: group.get(group.minKey() ?? "")?.reason ?? "",
      count: group.size,
      first: [...Iterator.from(group.entries(prefix)).take(limit)]
        .map(([, one]) => one)
        .filter(({ ref }) => ref.startsWith(prefix)),
    }));
  }
}

function groupOf({ ref, reason }: Skipped): string {
  const kind = ref.startsWith("refs/tags/") ? 0 : 1;
  return `${kind} ${reason === "NotVerified" ? 0 : 1} ${reason}`;
}

/** Refs of all groups, at most `limit`: one of each group, then a second one of each, and so on, group by group. */
export function selectSkipped(groups: readonly SkippedGroup[], limit: number): readonly SkippedRef[] {
  const taken = groups.map(() => 0);
  let left = limit;
  for (let isChanged = true; isChanged && left > 0; ) {
    isChanged = false;
    for (const [at, { first }] of groups.entries()) {
      if (left === 0 || (taken[at] ?? 0) === first.length) continue;
      taken[at] = (taken[at] ?? 0) + 1;
      left--;
      isChanged = true;
    }
  }
  return groups.flatMap(({ first }, at) => first.slice(0, taken[at]));
}

/** The number of refs of each reason, in the order of the groups. */
export function countByReason(groups: readonly SkippedGroup[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { reason, count } of groups) counts.set(reason, (counts.get(reason) ?? 0) + count);
  return counts;
}
