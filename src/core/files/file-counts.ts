import { countFiles } from "../conditions/count.ts";
import type { Digests } from "./three-way.ts";

/** The numbers of files that differ between two states of a package. */
export interface FileCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export function countChanges(before: Digests, after: Digests): FileCounts {
  let [added, changed] = [0, 0];
  for (const [path, digest] of after) {
    const was = before.get(path);
    if (was === undefined) added++;
    else if (was !== digest) changed++;
  }
  return { added, changed, removed: before.size - (after.size - added) };
}

/** `1 file added, 2 changed` */
export function formatCounts({ added, changed, removed }: FileCounts): string {
  const counts = Object.entries({ added, changed, removed }).filter(([, count]) => count > 0);
  if (counts.length === 0) return "no file changed";
  return counts.map(([kind, count], at) => `${at === 0 ? countFiles(count) : count} ${kind}`).join(", ");
}
