import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { parseRemoteUrl, type Transport } from "../../core/identity/url.ts";
import { isOwn, type Membership, nextShardView, type ShardView } from "../../core/sharding/membership.ts";
import type { Lister } from "../../kube/informer/indexer.ts";

const ANY: ReadonlySet<Transport> = new Set(["https", "ssh", "http", "file"]);

/**
 * Which part of the work is this replica's own: all there is to do for one remote, by its canonical URL, is one replica's. Work
 * under way is counted, so that the others can be told when all of it has ended that is not our own any more.
 */
export class ShardOwnership {
  readonly #id: string;
  readonly #repositories: Lister<Repository, "credentials">;
  readonly #working = new Map<string, number>();
  #waiters: (() => void)[] = [];
  #share: ShardView | undefined;

  constructor(id: string, repositories: Lister<Repository, "credentials">) {
    this.#id = id;
    this.#repositories = repositories;
  }

  /** Takes in who shares the work now; true if that may have changed what is our own. */
  follow(membership: Membership): boolean {
    const before = this.#share;
    this.#share = nextShardView(before, membership);
    return before?.active !== this.#share.active || before.members.join() !== this.#share.members.join();
  }

  ownsRepository(repository: Repository): boolean {
    return this.#owns(shareOf(repository));
  }

  ownsRevision(object: PackageRevision): boolean {
    return this.#owns(this.#shareOfRevision(object));
  }

  /** Does the work for a Repository if it is our own. */
  async forRepository<T>(repository: Repository, work: () => Promise<T>): Promise<T | undefined> {
    return await this.#do(shareOf(repository), work);
  }

  /** Does the work for a package revision if it is our own: it goes with its Repository. */
  async forRevision<T>(object: PackageRevision, work: () => Promise<T>): Promise<T | undefined> {
    return await this.#do(this.#shareOfRevision(object), work);
  }

  /** Resolves when no work is under way that is not our own. */
  async settled(): Promise<void> {
    while ([...this.#working.keys()].some((key) => !this.#owns(key))) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  #owns(key: string): boolean {
    return isOwn(this.#share, this.#id, key);
  }

  async #do<T>(key: string, work: () => Promise<T>): Promise<T | undefined> {
    if (!this.#owns(key)) return undefined;
    this.#working.set(key, (this.#working.get(key) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#working.get(key) ?? 1) - 1;
      if (left > 0) this.#working.set(key, left);
      else this.#working.delete(key);
      for (const resolve of this.#waiters.splice(0)) resolve();
    }
  }

  #shareOfRevision({ metadata, spec }: PackageRevision): string {
    const key = `${metadata.namespace}/${spec.packageRevID.repository}`;
    const repository = this.#repositories.get(key);
    return repository === undefined ? key : shareOf(repository);
  }
}

/** What goes together: all Repositories of one remote. One that cannot be used, which somebody has to tell, goes by its name. */
function shareOf({ metadata, spec }: Repository): string {
  const remote = parseRemoteUrl(spec.git?.url ?? "", ANY);
  return "problem" in remote ? `${metadata.namespace}/${metadata.name}` : remote.canonical;
}
