import type { Classified } from "../repository/classify-ref.ts";
import { type ChangedRevisions, ChangeSet, type PackageIndex } from "../repository/package-index.ts";

/** Updates an index by one ref alone. Returns all package revisions that this affects. */
export function updateIndex(index: PackageIndex, ref: string, current: Classified | undefined): ChangedRevisions {
  const changed = new ChangeSet();
  const formers = index.pathsOf(ref, current).map((path) => [path, index.latest(path)] as const);
  index.update(ref, current, changed);
  for (const [path, former] of formers) index.addAffectedByLatest(path, former, changed);
  return changed.revisions;
}
