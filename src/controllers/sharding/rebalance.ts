import type { Membership } from "../../core/sharding/membership.ts";
import type { Logger } from "../../runtime/log.ts";
import type { ShardOwnership } from "./ownership.ts";

/**
 * Work on a lost shard may take long to end by itself. After this time its mirror is closed, which ends its git
 * processes.
 */
const DRAIN_MS = 10_000;

/**
 * Applies a membership: drains and releases the shards that another replica owns by now. True once that is done; false
 * if the owned shards are the same as before.
 */
export async function rebalance(
  { ownership, log }: { readonly ownership: ShardOwnership; readonly log: Logger },
  { epoch, members, draining }: Membership,
): Promise<boolean> {
  if (!ownership.follow({ epoch, members, draining })) return false;
  log.info("sharing the work", { replicas: Object.keys(members), epoch, draining });
  await waitAtMost(ownership.settled(), DRAIN_MS);
  await ownership.releaseUnowned();
  await ownership.settled();
  return true;
}

async function waitAtMost(end: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([end, limit]).finally(() => clearTimeout(timer));
}
