import { pathClashes } from "./path-tree.ts";

/** A file by its digest; absent: there is no such file. */
export type Digests = ReadonlyMap<string, string>;

export interface FileChange {
  readonly path: string;
  readonly kind: "added" | "changed" | "removed";
}

/** What a merge by file of two sides does with each path; a path that neither side changed is in no list. */
export interface ThreeWay {
  /** Changed by us alone. */
  readonly ours: readonly FileChange[];
  /** Changed by them alone. */
  readonly theirs: readonly FileChange[];
  /** Changed by both in the same way. */
  readonly same: readonly string[];
  /** Changed by both in different ways, or in the way of a file of the other side; sorted. */
  readonly conflicts: readonly string[];
  /** The result; of a file that both changed in different ways, ours. */
  readonly merged: Digests;
}

/** Compares two sides with the state that they began from. */
export function compareThreeWay(base: Digests, ours: Digests, theirs: Digests): ThreeWay {
  const [own, others, same]: [FileChange[], FileChange[], string[]] = [[], [], []];
  const conflicts = new Set<string>();
  const merged = new Map<string, string>();
  for (const path of [...new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])].sort()) {
    const [was, mine, other] = [base.get(path), ours.get(path), theirs.get(path)];
    const result = mine === was ? other : mine;
    if (result !== undefined) merged.set(path, result);
    if (mine === other) {
      if (mine !== was) same.push(path);
    } else if (mine === was) others.push(changeOf(path, was, other));
    else if (other === was) own.push(changeOf(path, was, mine));
    else conflicts.add(path);
  }
  // Each side is valid by itself; together, a file may be in the place of a folder.
  for (const path of newClashes([ours, theirs], merged)) conflicts.add(path);
  const isMerged = ({ path }: FileChange) => !conflicts.has(path);
  return {
    ours: own.filter(isMerged),
    theirs: others.filter(isMerged),
    same,
    conflicts: [...conflicts].sort(),
    merged,
  };
}

/**
 * Paths that clash in a merge and on no side of it. Paths are sorted, so that equal clashes have equal problem texts.
 */
function newClashes(
  sides: readonly ReadonlyMap<string, unknown>[],
  merged: ReadonlyMap<string, unknown>,
): readonly string[] {
  const clashes = (files: ReadonlyMap<string, unknown>) => pathClashes([...files.keys()].sort());
  const known = new Set(sides.flatMap(clashes).map(({ path, problem }) => `${path}\0${problem}`));
  return clashes(merged).flatMap(({ path, problem }) => (known.has(`${path}\0${problem}`) ? [] : [path]));
}

/** What became of a file that is not the same on two sides; undefined: it is not there. */
export function changeOf(path: string, before: unknown, after: unknown): FileChange {
  return { path, kind: before === undefined ? "added" : after === undefined ? "removed" : "changed" };
}
