import { leaseChannel } from "../controllers/sharding/lease-channel.ts";
import type { LeaseConnection, LeaseMemory } from "../controllers/sharding/lease-messages.ts";
import { type LeaseWorkerData, startLeaseWorker } from "../controllers/sharding/lease-worker.ts";
import { serveLease } from "../controllers/sharding/serve-lease.ts";
import type { KubeClient } from "../kube/client/client.ts";
import { systemClock } from "../kube/clock.ts";
import { monotonicMs } from "../runtime/shared-clock.ts";
import { workerUrl } from "./worker-url.ts";

/**
 * Starts the thread that renews the Lease.
 * @param client if given, it is renewed with it in this thread: tests of crashes kill the operator at each write, the
 * Lease's included, and see those of this thread only
 */
export function connectLease(
  settings: Omit<LeaseWorkerData, "memory">,
  memory: LeaseMemory,
  client: KubeClient | undefined,
): LeaseConnection {
  if (client === undefined) return startLeaseWorker(workerUrl("lease"), { ...settings, memory: memory.buffer });
  const { main, thread } = leaseChannel();
  const clock = { ...systemClock, now: monotonicMs };
  serveLease({ ...settings, client, port: thread, memory, clock, kill: () => process.exit(1) });
  return main;
}
