import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import { ANNOTATION_CHANGED_BY, ANNOTATION_EDITED_BY } from "../../api/v1alpha1/well-known.ts";
import { recordedNames } from "../../core/identity/recorded-names.ts";

/** The users who edited the files of a package revision, or changed its spec, labels or annotations; sorted. */
export function authorsOf(
  { metadata }: PackageRevision,
  pages: readonly PackageRevisionResources[],
): readonly string[] {
  const lists = [
    metadata.annotations?.[ANNOTATION_CHANGED_BY],
    ...pages.map((page) => page.metadata.annotations?.[ANNOTATION_EDITED_BY]),
  ];
  return [...new Set(lists.flatMap(recordedNames))].sort();
}
