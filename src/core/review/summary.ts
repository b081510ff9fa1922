import { countFiles, formatCount } from "../conditions/count.ts";
import type { PackageChange } from "./compare-packages.ts";

export interface ChangeCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export function countChanges(changes: readonly { readonly kind: string }[]): ChangeCounts {
  const countOf = (...kinds: readonly string[]) => changes.filter(({ kind }) => kinds.includes(kind)).length;
  return { added: countOf("added"), changed: countOf("changed", "renamed"), removed: countOf("removed") };
}

/** One line: `+3 ~2 -1 resources; 2 risks`; `2 files` if no resources differ. */
export function summarize({
  resources,
  files,
  count,
  unread,
}: Pick<PackageChange, "resources" | "files" | "count" | "unread">): string {
  if (files.length === 0) return "no changes";
  const { added, changed, removed } = countChanges(resources);
  return [
    resources.length === 0 ? countFiles(files.length) : `+${added} ~${changed} -${removed} resources`,
    ...(count === 0 ? [] : [formatCount(count, "risk")]),
    ...(unread.length === 0 ? [] : [`${countFiles(unread.length)} not compared`]),
  ].join("; ");
}
