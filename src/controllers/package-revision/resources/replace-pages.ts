import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import type { ShownFile } from "../../../core/files/package-file.ts";
import { type ContentsPage, layOutPages, pageSpec } from "../../../core/files/pages.ts";
import { pageNumber } from "../../../core/identity/names.ts";
import { forEachLimited } from "../../shared/for-each.ts";
import type { PageStatus, PageWriter } from "./page-writer.ts";

/**
 * Replaces the files of existing pages and creates further ones, page 1 last. A file stays on its page; a page whose
 * files are all gone is emptied.
 */
export async function replacePages(
  writer: PageWriter,
  owner: PackageRevision,
  pages: readonly PackageRevisionResources[],
  files: readonly ShownFile[],
  status: PageStatus,
  concurrency: number,
): Promise<void> {
  const { name } = owner.metadata;
  const filled = layOutPages(files, placesOf(name, pages, files));
  const isFilled = (number: number) => number <= filled.length;
  const present = new Map(pages.map((page) => [pageNumber(name, page.metadata.name), page]));
  const emptied = [...present.keys()].filter((number) => !isFilled(number)).map((number) => ({ number, files: [] }));
  const layout = [...filled, ...emptied];
  const count = Math.max(filled.length, pages.length);
  const write = async (page: ContentsPage) => {
    const object = present.get(page.number);
    if (object === undefined) return await writer.create(owner, page, status, count);
    const replaced = await writer.replace(object, pageSpec(page));
    await writer.updateStatus(owner, [replaced], status, { count });
  };
  const [first, ...others] = layout;
  await forEachLimited(others, concurrency, write);
  if (first !== undefined) await write(first);
}

/** The pages of the files that stay: path → page number. */
function placesOf(
  name: string,
  pages: readonly PackageRevisionResources[],
  files: readonly ShownFile[],
): ReadonlyMap<string, number> {
  const wanted = new Set(files.map((file) => file.path));
  const placed = new Map<string, number>();
  for (const page of pages) {
    const number = pageNumber(name, page.metadata.name);
    for (const path of Object.keys({ ...page.spec.resources, ...page.spec.binaryResources }))
      if (wanted.has(path)) placed.set(path, number);
  }
  return placed;
}
