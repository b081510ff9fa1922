import type { OwnerReference } from "../../../api/meta.ts";
import { type PackageRevision, PKG_GROUP } from "../../../api/v1alpha1/package-revision.ts";
import {
  type PackageRevisionResources,
  type PackageRevisionResourcesStatus,
  packageRevisionResourcesKind,
} from "../../../api/v1alpha1/package-revision-resources.ts";
import type { Attribution } from "../../../api/v1alpha1/package-revision-status.ts";
import { listExecutables } from "../../../core/files/executables.ts";
import { listNotShown } from "../../../core/files/not-shown.ts";
import type { ShownPackage } from "../../../core/files/package-file.ts";
import { type ContentsPage, pageSpec } from "../../../core/files/pages.ts";
import { canonicalJson } from "../../../core/identity/canonical-json.ts";
import { pageName } from "../../../core/identity/names.ts";
import type { ResourcesClient } from "../../../core/ports/resources-client.ts";
import { nextAttribution } from "../../../core/revision/attribution.ts";
import type { FileReport } from "../../../core/validation/file-report.ts";
import { ignoreNotFound, isAlreadyExists } from "../../../kube/client/errors.ts";
import { packageContents } from "../../shared/kinds.ts";
import { type PackageResults, type PageCache, problemStatus, resultStatus } from "./page-cache.ts";

/** The status that contents objects are to have. */
export interface PageStatus {
  readonly frozen: boolean;
  readonly commit: string;
  /** The files of the package: what page 1 says of those that are not shown, and of executable ones. */
  readonly read: Pick<ShownPackage, "hidden" | "files">;
  /** Absent: the reported problems stay as they are. */
  readonly report?: FileReport | undefined;
  /** Of the render and the validation. Absent: those that are reported stay. */
  readonly results?: PackageResults | undefined;
}

export interface Acknowledgement {
  /** How many pages there are; counted from the given pages if left out. */
  readonly count?: number;
  /** Whether status acknowledges the generations of the given pages; true if left out. */
  readonly acknowledge?: boolean;
}

type StatusUpdate = Partial<PageStatus> & { readonly frozen: boolean; readonly error?: string | undefined };

/** Writes single contents objects and their status. Every method calls the API and throws `ApiError`. */
export class PageWriter {
  readonly #client: ResourcesClient;
  readonly #cache: PageCache;
  readonly #requiresAttribution: (owner: PackageRevision) => boolean;

  constructor(client: ResourcesClient, cache: PageCache, requiresAttribution: (owner: PackageRevision) => boolean) {
    this.#client = client;
    this.#cache = cache;
    this.#requiresAttribution = requiresAttribution;
  }

  /** Restores the owner reference: a user's replace may have left it out. */
  async ensureOwnerReference(
    owner: PackageRevision,
    page: PackageRevisionResources,
  ): Promise<PackageRevisionResources> {
    const { namespace, name, ownerReferences = [], resourceVersion } = page.metadata;
    if (ownerReferences.some((one) => one.uid === owner.metadata.uid)) return page;
    const others = ownerReferences.map((one) => ({ ...one, controller: false }));
    const body = { metadata: { resourceVersion, ownerReferences: [...others, referenceTo(owner)] } };
    return await this.#client.patch(packageContents, { namespace, name }, { kind: "merge", body });
  }

  async create(owner: PackageRevision, page: ContentsPage, status: PageStatus, count: number): Promise<void> {
    const { namespace, name, uid = "" } = owner.metadata;
    const object: PackageRevisionResources = {
      apiVersion: `${PKG_GROUP}/${packageRevisionResourcesKind.version}`,
      kind: packageRevisionResourcesKind.kind,
      metadata: { name: pageName(name, page.number), namespace, ownerReferences: [referenceTo(owner)] },
      spec: pageSpec(page),
    };
    const created = await this.#createOrReplace(object, uid);
    // A new object counts as frozen: a status that adds nothing to that is not worth a write.
    const hasNotes = Object.values(filesStatus(status.read)).some((value) => value !== undefined);
    const hasMore = hasNotes || (status.report?.count ?? 0) > 0 || (status.results?.resultsCount ?? 0) > 0;
    if (status.frozen && count === 1 && !hasMore) this.#cache.remember(created);
    else await this.updateStatus(owner, [created], status, { count });
  }

  /** Replaces the files of a page; Conflict if it was edited since it was read. */
  async replace(page: PackageRevisionResources, spec: PackageRevisionResources["spec"]) {
    if (canonicalJson(page.spec) === canonicalJson(spec)) return page;
    return await this.#client.update(packageContents, { ...page, spec });
  }

  /** As `Contents.updatePageStatus`. */
  async updateStatus(
    owner: PackageRevision,
    pages: readonly PackageRevisionResources[],
    update: StatusUpdate,
    { count = countPages(pages), acknowledge = true }: Acknowledgement,
  ): Promise<readonly PackageRevisionResources[]> {
    const write = async (page: PackageRevisionResources) => {
      const isFirst = page.metadata.name === owner.metadata.name;
      const status = {
        ...(acknowledge && { observedGeneration: page.metadata.generation }),
        frozen: update.frozen,
        ...(!update.frozen && { attribution: this.#attributionOf(owner, page) }),
        ...(update.commit !== undefined && { commit: update.commit }),
        pages: count,
        ...(isFirst && update.read !== undefined && filesStatus(update.read)),
        ...(isFirst && update.report !== undefined && problemStatus(update.report)),
        // What an earlier commit changed does not stay with this one.
        ...(isFirst && !update.frozen && update.commit !== undefined && { changes: undefined }),
        ...(isFirst && update.results !== undefined && resultStatus(update.results)),
        ...("error" in update && { error: update.error?.slice(0, 4096) }),
      };
      // Bound to the version that was read: a later edit without a name would be taken for one before the record.
      const isOpen = page.status?.frozen === false && page.status.attribution !== status.attribution;
      if (isOpen) return await this.patchStatus(page, status, [], page.metadata.resourceVersion);
      const incidental = isFirst ? (update.frozen ? [] : ["changes"]) : ["commit"];
      return await this.patchStatus(page, status, incidental);
    };
    const [first, ...others] = pages;
    if (first?.metadata.name !== owner.metadata.name) return await Promise.all(pages.map(write));
    const written = await Promise.all(others.map(write));
    return [await write(first), ...written];
  }

  /** No edit came before the first opening of a page, and each one is a generation. */
  #attributionOf(owner: PackageRevision, page: PackageRevisionResources): Attribution | undefined {
    const isUnedited = page.metadata.generation === 1;
    return nextAttribution(this.#requiresAttribution(owner), page.status?.attribution, isUnedited);
  }

  /**
   * Patches the fields that differ.
   * @param incidental fields that alone are not worth a write
   * @param resourceVersion the version that is patched; Conflict if there is another one
   */
  async patchStatus(
    page: PackageRevisionResources,
    wanted: object,
    incidental: readonly string[] = [],
    resourceVersion?: string,
  ): Promise<PackageRevisionResources> {
    const { namespace, name } = page.metadata;
    const before = (page.status ?? {}) as PackageRevisionResourcesStatus & Record<string, unknown>;
    const changed = Object.entries(wanted).filter(
      ([key, value]) => canonicalJson(before[key] ?? null) !== canonicalJson(value ?? null),
    );
    const body = {
      ...(resourceVersion !== undefined && { metadata: { resourceVersion } }),
      status: Object.fromEntries(changed.map(([key, value]) => [key, value ?? null])),
    };
    const now = changed.every(([key]) => incidental.includes(key))
      ? page
      : await this.#client.patchStatus(packageContents, { namespace, name }, { kind: "merge", body });
    this.#cache.remember(now);
    return now;
  }

  async #createOrReplace(object: PackageRevisionResources, owner: string): Promise<PackageRevisionResources> {
    const { namespace, name } = object.metadata;
    try {
      return await this.#client.create(packageContents, object);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    const present = await this.#client.get(packageContents, { namespace, name });
    const isOurs = present.metadata.ownerReferences?.some((one) => one.uid === owner) ?? false;
    if (isOurs && canonicalJson(present.spec) === canonicalJson(object.spec)) return present;
    // Left by a deleted owner of the same name, or by an interruption: nobody has edited it, since it is frozen.
    const uid = present.metadata.uid ?? "";
    await ignoreNotFound(this.#client.delete(packageContents, { namespace, name }, { preconditions: { uid } }));
    return await this.#client.create(packageContents, object);
  }
}

/** How many pages there are, or were before one was deleted: a page not known to be missing would count as emptied. */
function countPages(pages: readonly PackageRevisionResources[]): number {
  return Math.max(pages.length, pages[0]?.status?.pages ?? 1);
}

function referenceTo({ apiVersion, kind, metadata: { name, uid = "" } }: PackageRevision): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** What a reviewer does not see in the files themselves. */
function filesStatus({
  hidden,
  files,
}: PageStatus["read"]): Partial<Record<keyof PackageRevisionResourcesStatus, unknown>> {
  const some = hidden.length > 0;
  const { count, listed } = listExecutables(files);
  return {
    executableFilesCount: count > 0 ? count : undefined,
    executableFiles: count > 0 ? listed : undefined,
    filesNotShownCount: some ? hidden.length : undefined,
    filesNotShown: some ? listNotShown(hidden) : undefined,
  };
}
