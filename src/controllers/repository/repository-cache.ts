import type { Mirror } from "../../storage/git/mirror/mirror.ts";
import { GitPackageStore, type GitPackageStoreOptions } from "../../storage/git/package-store/package-store.ts";
import type { PushQueue } from "../../storage/git/push/push-queue.ts";
import { ContentsRetention } from "./contents-retention.ts";

/** The local copy of a remote, and the only way to write to it. */
export interface Clone {
  readonly mirror: Mirror;
  readonly writer: PushQueue;
}

export type RepositoryCacheOptions = Omit<GitPackageStoreOptions, "mirror" | "writer" | "repository">;

/** One Repository that has been read: its packages, and which of their files are kept in the cluster. */
export class RepositoryCache {
  /** `namespace/name` of the Repository. */
  readonly key: string;
  readonly clone: Clone;
  readonly store: GitPackageStore;
  readonly retention = new ContentsRetention();

  private constructor(key: string, clone: Clone, store: GitPackageStore) {
    this.key = key;
    this.clone = clone;
    this.store = store;
  }

  /**
   * Reads a clone that has been fetched.
   * @param mainBefore the head of the branch of published packages before that fetch
   */
  static async open(
    key: string,
    clone: Clone,
    options: RepositoryCacheOptions,
    mainBefore: string | undefined,
  ): Promise<RepositoryCache> {
    const repository = key.slice(key.indexOf("/") + 1);
    const store = await GitPackageStore.open({ ...options, ...clone, repository }, mainBefore);
    return new RepositoryCache(key, clone, store);
  }

  /** Ends the subscription to the clone. */
  close(): void {
    this.store.close();
  }
}
