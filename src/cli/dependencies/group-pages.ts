import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import { readPages } from "../../core/files/pages.ts";
import { pageNumber, pageOwner } from "../../core/identity/names.ts";
import type { Contents } from "../packages/contents.ts";

export interface GroupedContents {
  /** Of the package revision. */
  readonly name: string;
  /** Undefined for pages that do not belong together. */
  readonly contents: Pick<Contents, "files" | "hidden"> | undefined;
}

/** Puts the pages of package revisions together, in whatever order they come. */
export function groupPages() {
  const open = new Map<string, PackageRevisionResources[]>();
  return {
    /** The contents of a package revision, if this is its last page. */
    add: (page: PackageRevisionResources): GroupedContents | undefined => {
      const name = pageOwner(page.metadata.name);
      const pages = [...(open.get(name) ?? []), page];
      const first = pages.find((one) => one.metadata.name === name);
      if (first === undefined || pages.length !== first.status?.pages) {
        open.set(name, pages);
        return undefined;
      }
      open.delete(name);
      return toContents(name, pages);
    },
    /** Those whose number of pages was not known. */
    rest: (): readonly GroupedContents[] => [...open].map(([name, pages]) => toContents(name, pages)),
  };
}

function toContents(name: string, pages: readonly PackageRevisionResources[]): GroupedContents {
  const read = readPages(pages.map(({ metadata, spec }) => ({ number: pageNumber(name, metadata.name), spec })));
  if ("problems" in read) return { name, contents: undefined };
  const hidden = pages.find(({ metadata }) => metadata.name === name)?.status?.filesNotShown ?? [];
  return { name, contents: { files: read.files, hidden } };
}
