import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";

type Page = Pick<PackageRevisionResources, "metadata" | "status">;

/** As a trailer has it: `UID/GENERATION/RESOURCEVERSION` for each page, with blanks between. */
export const PAGE_VERSIONS = /^[0-9a-f-]{36}\/[0-9]{1,19}\/[0-9]{1,19}(?: [0-9a-f-]{36}\/[0-9]{1,19}\/[0-9]{1,19})*$/;
/** More of them are not worth a longer commit message. */
const MAX_PAGES = 64;

/** Which versions of the edited pages a commit is made of; undefined where it is made of none. */
export function editedVersions(pages: readonly Page[]): string | undefined {
  const edited = pages.filter(({ metadata, status }) => metadata.generation !== status?.observedGeneration);
  if (edited.length === 0 || edited.length > MAX_PAGES) return undefined;
  const text = edited
    .map(({ metadata: { uid, generation, resourceVersion } }) => `${uid}/${generation}/${resourceVersion}`)
    .join(" ");
  return PAGE_VERSIONS.test(text) ? text : undefined;
}

/**
 * True if the pages were edited further from the versions that a commit was made of: then what they hold began with that commit.
 * Objects that were put back from before it, by a restored etcd, have older versions; until they come by as many again, that is, and
 * therefore versions that nobody went on from tell nothing.
 */
export function wentOnFrom(versions: string | undefined, pages: readonly Page[]): boolean {
  if (versions === undefined || !PAGE_VERSIONS.test(versions)) return false;
  const edited = versions.split(" ").map((version) => {
    const [uid, generation = "", resourceVersion = ""] = version.split("/");
    const now = pages.find((page) => page.metadata.uid === uid)?.metadata;
    if (now?.generation === undefined || now.resourceVersion === undefined) return "other";
    if (now.generation < Number(generation) || BigInt(now.resourceVersion) < BigInt(resourceVersion)) return "other";
    return now.generation === Number(generation) ? "same" : "further";
  });
  return edited.includes("further") && !edited.includes("other");
}
