import type { Membership } from "../../core/sharding/membership.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import type { Logger } from "../../runtime/log.ts";
import type { Runnable } from "../../runtime/manager.ts";
import { unlessAborted } from "../../runtime/unless-aborted.ts";
import type { InformerFactory } from "../shared/informers.ts";
import { repositories } from "../shared/kinds.ts";
import { ReplicaLease } from "./lease.ts";
import { ShardOwnership } from "./ownership.ts";
import { rebalance } from "./rebalance.ts";

export interface ShardingOptions {
  readonly client: KubeClient;
  readonly informers: InformerFactory;
  readonly log: Logger;
  readonly onError: (error: unknown) => void;
  /** Of this replica. */
  readonly identity: string;
  /** Of the Lease. */
  readonly namespace: string;
  readonly name: string;
  /** How long the other replicas wait for a replica that does not report. Whole seconds. */
  readonly leaseDurationMs: number;
  /** Another replica may start on this one's shards: the process must end at once. */
  readonly onLost: () => void;
}

export interface Sharding {
  readonly ownership: ShardOwnership;
  /** False while this replica waits for its part of the work. */
  readonly isMember: () => boolean;
  /** Starts once this replica is a member; leaves in order when it stops, so that the others need not wait. */
  readonly membership: Runnable;
}

/** Registers this replica in the Lease, and rebalances whenever the members change. */
export function setupSharding({ informers, log, leaseDurationMs, onLost, ...options }: ShardingOptions): Sharding {
  const { identity, onError } = options;
  const ownership = new ShardOwnership(identity, informers.forResource(repositories).lister, onError);
  const follow = async (membership: Membership) => {
    if (!(await rebalance({ ownership, log }, membership))) return;
    lease.settled(membership.epoch);
    ownership.channel.emit({ kind: "shardsChanged" });
  };
  const lease = new ReplicaLease({
    ...options,
    leaseDurationMs,
    renewDeadlineMs: (leaseDurationMs * 2) / 3,
    retryPeriodMs: (leaseDurationMs * 2) / 15,
    onMembership: (membership) => void follow(membership).catch(onError),
    onLost,
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
