import { GitPackageStore, type GitPackageStoreOptions } from "../../storage/git/package-store/package-store.ts";
import { ContentsRetention } from "./contents-retention.ts";
import type { SharedMirror } from "./mirror-pool.ts";

export type RepositoryCacheOptions = Omit<GitPackageStoreOptions, "mirror" | "writer" | "repository">;

/** One Repository that has been read: its packages, and which of their files are kept in the cluster. */
export class RepositoryCache {
  /** `namespace/name` of the Repository. */
  readonly key: string;
  /** Of the object: another one of the same name is another Repository. */
  readonly uid: string;
  readonly shared: SharedMirror;
  readonly store: GitPackageStore;
  readonly retention = new ContentsRetention();
  /** Until then, in monotonic milliseconds, no tags of deleted drafts are removed: the remote has refused that. */
  removalPausedUntil = 0;

  private constructor(key: string, uid: string, shared: SharedMirror, store: GitPackageStore) {
    this.key = key;
    this.uid = uid;
    this.shared = shared;
    this.store = store;
  }

  /** Reads a mirror that has been fetched. */
  static async open(key: string, shared: SharedMirror, options: RepositoryCacheOptions): Promise<RepositoryCache> {
    const store = await GitPackageStore.open({ ...options, ...shared, repository: key });
    return new RepositoryCache(key, options.uid, shared, store);
  }

  /** Ends the subscription to the mirror. */
  close(): void {
    this.store.close();
  }
}
