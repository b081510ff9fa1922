import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { byName, MAX_MEMBERS, releaseKey, releaseOf } from "../../../core/release/members.ts";
import type { ReleaseView } from "../../../core/revision/observation.ts";
import type { RevisionDependencies } from "../dependencies.ts";

/** The release that an object is a member of, with the other members as the informer has them. */
export function observeRelease(
  { revisions }: Pick<RevisionDependencies, "revisions">,
  object: PackageRevision,
): ReleaseView | undefined {
  const [key, name] = [releaseKey(object), releaseOf(object)];
  if (key === undefined || name === undefined) return undefined;
  const others = revisions.byIndex("release", key).filter((one) => one.metadata.name !== object.metadata.name);
  const count = others.length + 1;
  const members = count > MAX_MEMBERS ? [] : [...others, object].sort(byName);
  // The watch delivers changes in their order: with the approval, all that the approver can have seen.
  const isCurrent = (revisions.get(keyOf(object))?.metadata.generation ?? 0) >= (object.metadata.generation ?? 0);
  return { name, members, count, isCurrent };
}
