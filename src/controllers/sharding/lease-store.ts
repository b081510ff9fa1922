import { type Lease, leases } from "../../api/resources.ts";
import { type Membership, planLeave } from "../../core/sharding/membership.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import { ignoreNotFound, isConflict } from "../../kube/client/errors.ts";
import type { Clock } from "../../kube/clock.ts";
import { leaseWith, readMembership } from "./lease-object.ts";

/** Attempts at a write that conflicts with that of another replica, without a pause. */
export const MAX_WRITE_ATTEMPTS = 5;

export interface CallLimits {
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
}

export interface LeaseStoreOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  readonly durationMs: number;
  readonly clock: Clock;
}

/** The one Lease of all replicas. Writes are compare-and-swap: `ApiError` Conflict or AlreadyExists after a race. */
export class LeaseStore {
  readonly #options: LeaseStoreOptions;

  constructor(options: LeaseStoreOptions) {
    this.#options = options;
  }

  async read(limits: CallLimits): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    return await ignoreNotFound(client.get(leases, { namespace, name }, limits));
  }

  /** @param before the Lease as it was read; undefined creates it */
  async write(before: Lease | undefined, membership: Membership, limits: CallLimits): Promise<void> {
    const { client, namespace, name, durationMs, clock } = this.#options;
    const lease = leaseWith({ namespace, name }, before, membership, { durationMs, date: clock.date() });
    if (before === undefined) await client.create(leases, lease, limits);
    else await client.update(leases, lease, limits);
  }

  /** Removes a replica from the members. */
  async leave(identity: string, timeoutMs: number): Promise<void> {
    for (let attempts = MAX_WRITE_ATTEMPTS; ; attempts--) {
      // Read again: a report that was interrupted may have been written.
      const lease = await this.read({ timeoutMs });
      const current = lease === undefined ? undefined : readMembership(lease);
      if (lease === undefined || current?.members[identity] === undefined) return;
      try {
        return await this.write(lease, planLeave(current, identity), { timeoutMs });
      } catch (error) {
        if (!isConflict(error) || attempts === 1) throw error;
      }
    }
  }
}
