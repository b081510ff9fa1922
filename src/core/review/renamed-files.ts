import { type FilePair, kindOf } from "./file-pairs.ts";
import type { ObjectPair } from "./risk.ts";

/**
 * The paths before of files that are new, and have exactly the objects of a file that is gone. Files whose bytes or
 * lines are alike are pairs already.
 */
export function findRenamedFiles(
  pairs: readonly FilePair[],
  objects: readonly ObjectPair[],
): ReadonlyMap<string, string> {
  const kinds = new Map(pairs.map((pair) => [pair.path, kindOf(pair)] as const));
  const [next, old] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
  for (const { before, after } of objects) {
    const [was, now] = [before?.path ?? "", after?.path ?? ""];
    next.set(was, (next.get(was) ?? new Set()).add(now));
    old.set(now, (old.get(now) ?? new Set()).add(was));
  }
  const onlyOf = (all: ReadonlySet<string> | undefined) => (all?.size === 1 ? [...all][0] : undefined);
  return new Map(
    [...old].flatMap(([now, all]) => {
      const was = onlyOf(all);
      if (was === undefined || kinds.get(now) !== "added" || kinds.get(was) !== "removed") return [];
      return onlyOf(next.get(was)) === now ? [[now, was] as const] : [];
    }),
  );
}
