import type { Classified, PublishedRef } from "../../../core/repository/classify-ref.ts";
import { type ChangeSet, PackageIndex } from "../../../core/repository/package-index.ts";
import { forEachInTurns } from "../../../event-loop/turns.ts";

/** Refs whose new state is applied in one turn of the event loop. */
const MAX_AT_ONCE = 500;

/** The new state of a ref; without `now` it was deleted. */
export interface RefState {
  readonly ref: string;
  readonly now?: Classified;
}

/** @param repository `namespace/name` */
export function emptyIndex(repository: string): PackageIndex {
  return new PackageIndex(repository.slice(repository.indexOf("/") + 1));
}

/**
 * Updates an index, and adds the package revisions that changed to `changed`. Returns the index that has all of it: for
 * many refs a copy, so that nobody sees half of an update.
 */
export async function updateIndex(
  index: PackageIndex,
  repository: string,
  states: readonly RefState[],
  changed: ChangeSet,
): Promise<PackageIndex> {
  const formers = new Map<string, PublishedRef | undefined>();
  const updateIn = (packages: PackageIndex, { ref, now }: RefState) => {
    for (const path of packages.pathsOf(ref, now)) if (!formers.has(path)) formers.set(path, packages.latest(path));
    packages.update(ref, now, changed);
  };
  let updated = index;
  if (states.length <= MAX_AT_ONCE) {
    for (const one of states) updateIn(updated, one);
  } else {
    const copy = emptyIndex(repository);
    await forEachInTurns(index.refs(), (one) => copy.load(one));
    await forEachInTurns(states, (one) => updateIn(copy, one));
    updated = copy;
  }
  // Once, and not for each new tag: it affects all drafts of the package.
  await forEachInTurns(formers, ([path, former]) => updated.addAffectedByLatest(path, former, changed));
  return updated;
}
