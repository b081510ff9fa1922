import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";

type Page = Pick<PackageRevisionResources, "metadata" | "status">;

/** The value of the trailer `Package-Contents`: `UID/GENERATION/RESOURCEVERSION` of each page, separated by spaces. */
export const PAGE_VERSIONS = /^[0-9a-f-]{36}\/[0-9]{1,19}\/[0-9]{1,19}(?: [0-9a-f-]{36}\/[0-9]{1,19}\/[0-9]{1,19})*$/;
/** The versions of more pages would make the commit message too long. */
const MAX_PAGES = 64;

/** True for a page with edits that are not acknowledged. A page without status is as it was created. */
export function isEdited({ metadata, status }: Page): boolean {
  return metadata.generation !== (status?.observedGeneration ?? 1);
}

/** The versions of the edited pages that a commit contains; undefined without edited pages, or with too many. */
export function editedVersions(pages: readonly Page[]): string | undefined {
  const edited = pages.filter(({ metadata, status }) => metadata.generation !== status?.observedGeneration);
  if (edited.length === 0 || edited.length > MAX_PAGES) return undefined;
  const text = edited
    .map(({ metadata: { uid, generation, resourceVersion } }) => `${uid}/${generation}/${resourceVersion}`)
    .join(" ");
  return PAGE_VERSIONS.test(text) ? text : undefined;
}

/**
 * False if a commit contains pages of another object: one of another namespace, or one before it. False also if it
 * contains a later version of a page than there is now: etcd was restored since.
 *
 * @param pages as the API server has them, not from a cache
 */
export function areVersionsOf(versions: string | undefined, pages: readonly Page[]): boolean {
  return versions === undefined || statesOf(versions, pages).every((state) => state !== "other");
}

/**
 * True if the pages are later edits of the versions that a commit contains, so that the commit is their merge base.
 * Unchanged versions do not count: after the restore of an older etcd, pages may reach the same versions with different
 * contents.
 */
export function wereEditedAfter(versions: string | undefined, pages: readonly Page[]): boolean {
  if (versions === undefined) return false;
  const states = statesOf(versions, pages);
  return states.includes("later") && !states.includes("other");
}

/** What has become of each version: `other` if there is no such page, or an older one; `same` if it was not edited. */
function statesOf(versions: string, pages: readonly Page[]): readonly ("same" | "later" | "other")[] {
  if (!PAGE_VERSIONS.test(versions)) return ["other"];
  return versions.split(" ").map((version) => {
    const [uid, generation = "", resourceVersion = ""] = version.split("/");
    const current = pages.find((page) => page.metadata.uid === uid)?.metadata;
    if (current?.generation === undefined || current.resourceVersion === undefined) return "other";
    if (current.generation < Number(generation) || BigInt(current.resourceVersion) < BigInt(resourceVersion))
      return "other";
    return current.generation === Number(generation) ? "same" : "later";
  });
}
