import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { NeededDefinition } from "../../../core/dependencies/needed-definitions.ts";
import type { FoundNeeded, NeededFile } from "../../../core/processing/outside-objects.ts";
import { MAX_BYTES, MAX_FILES } from "../../../core/processing/published-files.ts";
import type { Lister } from "../../../kube/informer/indexer.ts";
import type { NeededFilesReader } from "../processing/data-sources.ts";
import type { PublishedFiles } from "./published-files.ts";

/** The total size of the files that are kept in memory. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

export interface NeededFilesOptions {
  readonly files: Pick<PublishedFiles, "read">;
  readonly revisions: Pick<Lister<PackageRevision>, "get">;
}

/** Reads the files of published packages that define kinds of others. Keeps the files that were used last in memory. */
export class NeededFiles implements NeededFilesReader {
  readonly #options: NeededFilesOptions;
  /** By namespace, commit and path. */
  readonly #kept = new Map<string, Uint8Array>();
  #keptBytes = 0;

  constructor(options: NeededFilesOptions) {
    this.#options = options;
  }

  /** Never rejects: `unread` lists the files that cannot be read. */
  async read(namespace: string, wanted: readonly NeededDefinition[]): Promise<FoundNeeded> {
    const files: NeededFile[] = [];
    const unread: FoundNeeded["unread"][number][] = [];
    let size = 0;
    for (const { revision, package: source, path, kinds, isAmbiguous } of wanted.slice(0, MAX_FILES)) {
      const found = await this.#find(namespace, revision, path).catch(() => undefined);
      size += found?.bytes.length ?? 0;
      if (size > MAX_BYTES) return { files, unread, isTooMuch: true };
      if (found === undefined) unread.push({ path, source });
      else files.push({ path, source, kinds, isAmbiguous, ...found });
    }
    return { files, unread, isTooMuch: wanted.length > MAX_FILES };
  }

  async #find(
    namespace: string,
    name: string,
    path: string,
  ): Promise<Pick<NeededFile, "bytes" | "cacheKey"> | undefined> {
    const object = this.#options.revisions.get(keyOf({ metadata: { namespace, name } }));
    if (object === undefined) return undefined;
    // By namespace: users may have written the contents in the cluster, and no other namespace may use those.
    const cacheKey = JSON.stringify([namespace, name, object.status?.commit, path]);
    const known = this.#kept.get(cacheKey);
    const read = known === undefined ? await this.#options.files.read(object) : undefined;
    const bytes = known ?? read?.find((file) => file.path === path)?.bytes;
    // A copy: the bytes from Git are a view of a larger buffer.
    return bytes === undefined ? undefined : { bytes: this.#keep(cacheKey, known ?? new Uint8Array(bytes)), cacheKey };
  }

  #keep(key: string, bytes: Uint8Array): Uint8Array {
    if (!this.#kept.delete(key)) this.#keptBytes += bytes.length;
    this.#kept.set(key, bytes);
    for (const [oldest, { length }] of this.#kept) {
      if (this.#keptBytes <= MAX_KEPT_BYTES) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= length;
    }
    return bytes;
  }
}
