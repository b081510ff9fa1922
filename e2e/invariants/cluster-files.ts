import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import { readPages } from "../../src/core/files/pages.ts";
import { pageNumber, pageOwner } from "../../src/core/identity/names.ts";
import type { ClusterView } from "./observation.ts";
import { keyOf } from "./situation.ts";

export type ClusterFiles = ReadonlyMap<string, Uint8Array>;

/** Undefined if some are in Git only, or if there are edits that are not acknowledged. */
export function filesOf(of: PackageRevision, { contents }: Pick<ClusterView, "contents">): ClusterFiles | undefined {
  const pages = contents.filter(({ metadata: { namespace, name } }) => `${namespace}/${pageOwner(name)}` === keyOf(of));
  const isEdited = pages.some(({ metadata, status }) => metadata.generation !== (status?.observedGeneration ?? 1));
  const isHidden = pages.some(({ status }) => (status?.filesNotShownCount ?? 0) > 0);
  const isComplete = Math.max(1, ...pages.map(({ status }) => status?.pages ?? 1)) === pages.length;
  if (isEdited || isHidden || !isComplete) return undefined;
  const numbered = pages.map(({ metadata, spec }) => ({ number: pageNumber(of.metadata.name, metadata.name), spec }));
  const read = readPages(numbered);
  return "problems" in read ? undefined : read.files;
}
