import type { KubeClient } from "./client.ts";
import { type Clock, microTime, systemClock } from "./clock.ts";
import { isAlreadyExists, isConflict, isNotFound } from "./errors.ts";
import type { KubeObject, Resource } from "./resource.ts";

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export const leases: Resource<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};

export interface LeaderElectorOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Unique among the candidates. */
  readonly identity: string;
  /** How long others wait after they last saw a renewal. Whole seconds. */
  readonly leaseDurationMs?: number;
  /** How long the leader goes on without a renewal that succeeded; shorter than the lease. */
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  readonly onAcquired?: () => void;
  /** Called once, when the lease could not be renewed in time: stop at once, somebody else is about to lead. */
  readonly onLost?: () => void;
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/**
 * Leader election on a Lease, as client-go does it: a candidate measures on its own clock for how long the Lease has not changed, so
 * that the clocks of machines are never compared. Leads once: after `onLost` the program is expected to end.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #clock: Clock;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  /** The Lease as last seen, and since when it has been so, on our clock. */
  #observed: { readonly lease: Lease; readonly at: number } | undefined;
  /** When the last renewal that succeeded was begun; undefined while not leading. */
  #renewedAt: number | undefined;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    if (!(this.#retryPeriodMs < this.#renewDeadlineMs && this.#renewDeadlineMs < this.#leaseDurationMs)) {
      throw new Error("leader election: retry period < renew deadline < lease duration is required");
    }
  }

  /** Whether we lead now, by the clock: false after the deadline even if no timer had a chance to run. */
  get isLeader(): boolean {
    return this.#renewedAt !== undefined && this.#clock.now() - this.#renewedAt < this.#renewDeadlineMs;
  }

  /** Who holds the Lease, as far as we saw. */
  get holder(): string | undefined {
    return this.#observed?.lease.spec?.holderIdentity || undefined;
  }

  start(): void {
    this.#loop = this.#run(this.#stopped.signal);
  }

  /** Stops taking part, and gives the Lease up so that the next need not wait. Call it after the work has ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
    if (this.isLeader) await this.#release().catch((error: unknown) => this.#options.onError?.(error));
    this.#renewedAt = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { onAcquired, onLost } = this.#options;
    while (!signal.aborted && !(await this.#tryAcquire(signal))) await this.#pause(signal);
    if (signal.aborted) return;
    onAcquired?.();
    while (!signal.aborted) {
      await this.#pause(signal);
      if (signal.aborted) return;
      if (this.isLeader && (await this.#tryAcquire(signal))) continue;
      if (this.isLeader || signal.aborted) continue;
      this.#renewedAt = undefined;
      onLost?.();
      return;
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const jitter = 1 + 0.2 * (this.#options.random ?? Math.random)();
    const untilLost = this.#renewedAt === undefined ? Number.POSITIVE_INFINITY : this.#untilDeadline();
    await this.#clock.sleep(Math.min(this.#retryPeriodMs * jitter, Math.max(0, untilLost)), signal);
  }

  #untilDeadline(): number {
    return (this.#renewedAt ?? 0) + this.#renewDeadlineMs - this.#clock.now();
  }

  /** One attempt to get or keep the Lease; false where someone else has it, or the API server does not answer in time. */
  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    const started = this.#clock.now();
    // While leading, an attempt may not outlast the deadline, by which onLost must be called.
    const timeoutMs = this.isLeader ? Math.max(1, this.#untilDeadline()) : this.#renewDeadlineMs;
    try {
      const seen = await this.#observe({ signal, timeoutMs });
      if (seen !== undefined && !this.#isFree(seen)) {
        if (seen.spec?.holderIdentity !== this.#options.identity) this.#renewedAt = undefined;
        return false;
      }
      const remaining = Math.max(1, timeoutMs - (this.#clock.now() - started));
      const lease = await this.#write(seen, { signal, timeoutMs: remaining });
      this.#observed = { lease, at: this.#clock.now() };
      this.#renewedAt = started;
      return true;
    } catch (error) {
      const lostRace = isConflict(error) || isAlreadyExists(error);
      if (!signal.aborted && !lostRace) this.#options.onError?.(error);
      return false;
    }
  }

  async #observe(call: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      const lease = await client.get(leases, { namespace, name }, call);
      const changed = this.#observed?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion;
      if (changed) this.#observed = { lease, at: this.#clock.now() };
      return lease;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #isFree(lease: Lease): boolean {
    const { holderIdentity = "", leaseDurationSeconds = this.#leaseDurationMs / 1000 } = lease.spec ?? {};
    if (holderIdentity === "" || holderIdentity === this.#options.identity) return true;
    const unchangedMs = this.#clock.now() - (this.#observed?.at ?? this.#clock.now());
    return unchangedMs >= leaseDurationSeconds * 1000;
  }

  async #write(
    seen: Lease | undefined,
    call: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<Lease> {
    const { client, namespace, name, identity } = this.#options;
    const now = microTime(this.#clock.date());
    const keeps = seen?.spec?.holderIdentity === identity;
    const spec: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(this.#leaseDurationMs / 1000),
      acquireTime: (keeps ? seen.spec?.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: (seen?.spec?.leaseTransitions ?? 0) + (keeps || seen === undefined ? 0 : 1),
    };
    if (seen === undefined) return await client.create(leases, { metadata: { namespace, name }, spec }, call);
    return await client.update(leases, { ...seen, spec }, call);
  }

  async #release(): Promise<void> {
    const { client, namespace, name, identity } = this.#options;
    const call = { timeoutMs: this.#retryPeriodMs };
    // Read again: a renewal that the stop cut off may have been carried out.
    const lease = await client.get(leases, { namespace, name }, call);
    if (lease.spec?.holderIdentity !== identity) return;
    const renewTime = microTime(this.#clock.date());
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime };
    await client.update(leases, { ...lease, spec }, call);
  }
}
