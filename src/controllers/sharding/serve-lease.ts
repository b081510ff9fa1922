import type { KubeClient } from "../../kube/client/client.ts";
import type { Clock } from "../../kube/clock.ts";
import { ReplicaLease } from "./lease.ts";
import type { LeaseMemory, LeasePort, LeaseReport, LeaseRequest } from "./lease-messages.ts";

/** Of the Lease, as the main thread chooses them. */
export interface LeaseSettings {
  readonly namespace: string;
  readonly name: string;
  /** Of this replica. */
  readonly identity: string;
  readonly leaseDurationMs: number;
}

export interface ServeLeaseOptions extends LeaseSettings {
  readonly client: KubeClient;
  readonly port: LeasePort<LeaseReport, LeaseRequest>;
  readonly memory: LeaseMemory;
  /** By `monotonicMs`, as the times in the memory are. */
  readonly clock: Clock;
  /** Ends the process, if the main thread has not done so: another replica is about to take over. */
  readonly kill: () => void;
}

/** How long the main thread may take to log why the process ends. */
const MAX_LOG_MS = 2_000;

/** Reports in the Lease on behalf of the main thread, which may be busy. */
export function serveLease({ port, memory, clock, kill, ...options }: ServeLeaseOptions): void {
  const { leaseDurationMs } = options;
  const renewDeadlineMs = (leaseDurationMs * 2) / 3;
  const lease: ReplicaLease = new ReplicaLease({
    ...options,
    clock,
    renewDeadlineMs,
    retryPeriodMs: (leaseDurationMs * 2) / 15,
    onMembership: (membership) => {
      memory.memberUntil = lease.memberUntil;
      port.post({ kind: "membership", membership });
    },
    onLost: () => {
      memory.memberUntil = undefined;
      port.post({ kind: "lost" });
      // Well before the others take over, unless they have removed this replica already.
      void clock.sleep(Math.min(MAX_LOG_MS, (leaseDurationMs - renewDeadlineMs) / 2)).then(kill);
    },
    onError: (error) => port.post({ kind: "error", error: cloneable(error) }),
  });
  port.onMessage((request) => {
    switch (request.kind) {
      case "settled":
        lease.settled(request.epoch);
        return;
      case "stop":
        void lease.stop().finally(() => {
          memory.memberUntil = undefined;
          port.post({ kind: "stopped" });
        });
    }
  });
  void lease.start();
}

/** An error that can be sent to another thread: its causes and properties may be of classes that cannot. */
function cloneable(error: unknown): Error {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return Object.assign(new Error(message), { name, stack });
}
