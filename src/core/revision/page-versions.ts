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
 * True if a commit contains an edit of these pages that is not acknowledged yet. False if it contains a page of another
 * object: one of another namespace, or one before it. False also if it contains a later version of a page than there is
 * now: etcd was restored since.
 *
 * @param pages as the API server has them, not from a cache
 */
export function containsUnacknowledged(versions: string, pages: readonly Page[]): boolean {
  const all = statesOf(versions, pages);
  return all.every(({ state }) => state !== "other") && all.some(({ isAcknowledged }) => !isAcknowledged);
}

/**
 * True if the pages are later edits of the versions that a commit contains, so that the commit is their merge base.
 * Unchanged versions do not count: after the restore of an older etcd, pages may reach the same versions with different
 * contents.
 */
export function wereEditedAfter(versions: string | undefined, pages: readonly Page[]): boolean {
  if (versions === undefined) return false;
  const states = statesOf(versions, pages).map(({ state }) => state);
  return states.includes("later") && !states.includes("other");
}

interface VersionState {
  /** What has become of it: `other` if there is no such page, or an older one; `same` if it was not edited. */
  readonly state: "same" | "later" | "other";
  readonly isAcknowledged: boolean;
}

function statesOf(versions: string, pages: readonly Page[]): readonly VersionState[] {
  if (!PAGE_VERSIONS.test(versions)) return [{ state: "other", isAcknowledged: false }];
  return versions.split(" ").map((version) => {
    const [uid, generation = "", resourceVersion = ""] = version.split("/");
    const page = pages.find(({ metadata }) => metadata.uid === uid);
    const isAcknowledged = (page?.status?.observedGeneration ?? 0) >= Number(generation);
    return { state: stateOf(page?.metadata, Number(generation), resourceVersion), isAcknowledged };
  });
}

function stateOf(
  current: Page["metadata"] | undefined,
  generation: number,
  resourceVersion: string,
): VersionState["state"] {
  if (current?.generation === undefined || current.resourceVersion === undefined) return "other";
  if (current.generation < generation || BigInt(current.resourceVersion) < BigInt(resourceVersion)) return "other";
  return current.generation === generation ? "same" : "later";
}
