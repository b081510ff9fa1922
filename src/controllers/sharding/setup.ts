import type { Membership } from "../../core/sharding/membership.ts";
import type { Logger } from "../../runtime/log.ts";
import type { Runnable } from "../../runtime/manager.ts";
import { unlessAborted } from "../../runtime/unless-aborted.ts";
import type { InformerFactory } from "../shared/informers.ts";
import { repositories } from "../shared/kinds.ts";
import { LeaseThread, type LeaseThreadOptions } from "./lease-thread.ts";
import { ShardOwnership } from "./ownership.ts";
import { rebalance } from "./rebalance.ts";

export interface ShardingOptions
  extends Pick<LeaseThreadOptions, "connect" | "memory" | "onLost" | "onError" | "onApiCall"> {
  readonly informers: InformerFactory;
  readonly log: Logger;
  /** Of this replica. */
  readonly identity: string;
}

export interface Sharding {
  readonly ownership: ShardOwnership;
  /** False while this replica waits for its part of the work. */
  readonly isMember: () => boolean;
  /** Starts once this replica is a member; leaves in order when it stops, so that the others need not wait. */
  readonly membership: Runnable;
}

/** Registers this replica in the Lease, and rebalances whenever the members change. */
export function setupSharding({ informers, log, identity, ...options }: ShardingOptions): Sharding {
  const { onError } = options;
  const ownership = new ShardOwnership(identity, informers.forResource(repositories).lister, onError);
  const follow = async (membership: Membership) => {
    if (!(await rebalance({ ownership, log }, membership))) return;
    lease.settled(membership.epoch);
    ownership.channel.emit({ kind: "shardsChanged" });
  };
  const lease = new LeaseThread({
    ...options,
    onMembership: (membership) => void follow(membership).catch(onError),
  });
  return {
    ownership,
    isMember: () => lease.isMember,
    membership: {
      name: "membership",
      start: async (stopping) => await unlessAborted(stopping, lease.start()),
      stop: async () => await lease.stop(),
    },
  };
}
