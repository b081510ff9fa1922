import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { PackageFile } from "../../../core/files/package-file.ts";
import { readPages } from "../../../core/files/pages.ts";
import { pageName } from "../../../core/identity/names.ts";
import type { PackageStore } from "../../../core/ports/package-store.ts";
import type { ResourcesClient } from "../../../core/ports/resources-client.ts";
import { ignoreNotFound } from "../../../kube/client/errors.ts";
import { packageContents } from "../../shared/kinds.ts";
import { withRepair } from "../processing/with-repair.ts";
import { repositoryKeyOf } from "../repository-of.ts";

/** A package with more pages is not read: it has more YAML than is processed. */
const MAX_PAGES = 64;

export interface PublishedFilesOptions {
  readonly client: Pick<ResourcesClient, "get">;
  readonly registry: { readonly get: (key: string) => { readonly store: PackageStore } | undefined };
}

/** The files of published package revisions of any Repository. */
export class PublishedFiles {
  readonly #options: PublishedFilesOptions;

  constructor(options: PublishedFilesOptions) {
    this.#options = options;
  }

  /**
   * From Git, if this replica has the Repository; else from the cluster. Files that are not shown have no bytes.
   * Undefined if they are in neither. Throws for a failure that may pass.
   */
  async read(object: PackageRevision): Promise<readonly Pick<PackageFile, "path" | "mode" | "bytes">[] | undefined> {
    const store = this.#options.registry.get(repositoryKeyOf(object))?.store;
    return store === undefined ? await this.#fromCluster(object) : await fromGit(store, object);
  }

  async #fromCluster({ metadata: { namespace, name } }: PackageRevision) {
    const get = async (page: number) =>
      await ignoreNotFound(this.#options.client.get(packageContents, { namespace, name: pageName(name, page) }));
    const first = await get(1);
    const count = first?.status?.pages ?? 1;
    if (first === undefined || count > MAX_PAGES) return undefined;
    const others = await Promise.all(Array.from({ length: count - 1 }, (_, index) => get(index + 2)));
    const pages = [first, ...others].flatMap((page) => page ?? []);
    const read = readPages(pages.map(({ spec: page }, index) => ({ number: index + 1, spec: page })));
    if (pages.length < count || "problems" in read) return undefined;
    const hidden = (first.status?.filesNotShown ?? []).map(({ path }) => ({ path, mode: "100644" }) as const);
    const shown = [...read.files].map(([path, bytes]) => ({ path, mode: "100644", bytes }) as const);
    return [...shown, ...hidden];
  }
}

async function fromGit(store: PackageStore, object: PackageRevision) {
  return await withRepair(store, async () => {
    const view = await store.observe(object);
    // Deleted since.
    if (view.found?.kind !== "published") return undefined;
    return (await store.readTree(view, view.found.tree)).files;
  });
}
