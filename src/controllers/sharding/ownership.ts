import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../api/v1alpha1/repository.ts";
import { ALL_TRANSPORTS, parseRemoteUrl } from "../../core/identity/url.ts";
import { isOwn, type Membership, nextShardView, type ShardView } from "../../core/sharding/membership.ts";
import type { Lister } from "../../kube/informer/indexer.ts";
import { EventChannel } from "../shared/event-channel.ts";

/** Keeps resources for shards, such as mirrors. */
export interface ShardHolder {
  /** Releases the resources of all shards that this replica no longer owns. */
  readonly releaseUnowned: () => Promise<void>;
}

/** This replica may own other shards than before, and holds no resources of the shards that it lost. */
export interface ShardsChanged {
  readonly kind: "shardsChanged";
}

interface NamedRepository {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The shards that this replica owns. A shard is all work for one remote, by its canonical URL. Work in progress is
 * counted, so that the other replicas learn when all work on lost shards has ended.
 */
export class ShardOwnership {
  readonly channel: EventChannel<ShardsChanged>;
  readonly #id: string;
  readonly #repositories: Lister<Repository>;
  readonly #holders: ShardHolder[] = [];
  /** Shard → units of work in progress. */
  readonly #inProgress = new Map<string, number>();
  #waiters: (() => void)[] = [];
  #view: ShardView | undefined;
  #epoch: number | undefined;

  constructor(id: string, repositories: Lister<Repository>, onError: (error: unknown) => void) {
    this.#id = id;
    this.#repositories = repositories;
    this.channel = new EventChannel(onError);
  }

  /** Registers a component that releases its resources when shards move to another replica. */
  addHolder(holder: ShardHolder): void {
    this.#holders.push(holder);
  }

  /**
   * Applies a membership; true if the owned shards may have changed, or if other replicas wait for this one to settle:
   * a replica that left and returned between two reports changes nothing but the epoch, and starts no work before that.
   */
  follow(membership: Membership): boolean {
    const [before, epoch] = [this.#view, this.#epoch];
    this.#view = nextShardView(before, membership);
    this.#epoch = membership.epoch;
    const sameMembers = before?.members.join() === this.#view.members.join();
    return epoch !== membership.epoch || before?.active !== this.#view.active || !sameMembers;
  }

  ownsRepository(repository: Repository): boolean {
    return this.#owns(shardOf(repository));
  }

  ownsRevision(object: PackageRevision): boolean {
    return this.#owns(this.#shardOfRevision(object));
  }

  /** Does work for a Repository if this replica owns it; undefined otherwise. */
  async forRepository<T>(repository: Repository, work: () => Promise<T>): Promise<T | undefined> {
    return await this.#do(shardOf(repository), work);
  }

  /** Does work for a package revision if this replica owns its Repository; undefined otherwise. */
  async forRevision<T>(object: PackageRevision, work: () => Promise<T>): Promise<T | undefined> {
    return await this.#do(this.#shardOfRevision(object), work);
  }

  /** Does work for the Repository of a name if this replica owns it, or would if there was one; undefined otherwise. */
  async forRepositoryNamed<T>(repository: NamedRepository, work: () => Promise<T>): Promise<T | undefined> {
    return await this.#do(this.#shardOfNamed(repository), work);
  }

  async releaseUnowned(): Promise<void> {
    await Promise.all(this.#holders.map(async (holder) => await holder.releaseUnowned()));
  }

  /** Resolves when no work on shards of other replicas is in progress. */
  async settled(): Promise<void> {
    while ([...this.#inProgress.keys()].some((shard) => !this.#owns(shard))) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  #owns(shard: string): boolean {
    return isOwn(this.#view, this.#id, shard);
  }

  async #do<T>(shard: string, work: () => Promise<T>): Promise<T | undefined> {
    if (!this.#owns(shard)) return undefined;
    this.#inProgress.set(shard, (this.#inProgress.get(shard) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#inProgress.get(shard) ?? 1) - 1;
      if (left > 0) this.#inProgress.set(shard, left);
      else this.#inProgress.delete(shard);
      for (const resolve of this.#waiters.splice(0)) resolve();
    }
  }

  #shardOfRevision({ metadata: { namespace }, spec }: PackageRevision): string {
    return this.#shardOfNamed({ namespace, name: spec.packageRevID.repository });
  }

  #shardOfNamed({ namespace, name }: NamedRepository): string {
    const key = `${namespace}/${name}`;
    const repository = this.#repositories.get(key);
    return repository === undefined ? key : shardOf(repository);
  }
}

/** The canonical URL of the remote; the key of a Repository whose URL is invalid, which one replica has to report. */
function shardOf({ metadata, spec }: Repository): string {
  const remote = parseRemoteUrl(spec.git?.url ?? "", ALL_TRANSPORTS);
  return "problem" in remote ? `${metadata.namespace}/${metadata.name}` : remote.canonical;
}
