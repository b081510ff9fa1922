import type { Lease } from "../../api/resources.ts";
import { type Membership, planReport } from "../../core/sharding/membership.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import { isAlreadyExists, isConflict } from "../../kube/client/errors.ts";
import { type Clock, systemClock } from "../../kube/clock.ts";
import { readMembership } from "./lease-object.ts";
import { type CallLimits, LeaseStore, MAX_WRITE_ATTEMPTS } from "./lease-store.ts";
import { SilenceTimer } from "./silence.ts";

export interface ReplicaLeaseOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Unique among the replicas that run. A replica that restarts under its previous identity takes its own place. */
  readonly identity: string;
  /** How long the others wait for a replica that does not report. Whole seconds. Default: 15 s. */
  readonly leaseDurationMs?: number;
  /** How long a replica works without a successful report; shorter than the lease. Default: 10 s. */
  readonly renewDeadlineMs?: number;
  /** Default: 2 s. */
  readonly retryPeriodMs?: number;
  /** Receives every membership that this replica is part of. */
  readonly onMembership: (membership: Membership) => void;
  /**
   * Called once, when this replica could not report in time or was removed: its work must stop at once, since another
   * replica is about to start on it.
   */
  readonly onLost?: () => void;
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Reports are spread, so that replicas that started together do not conflict each time. */
const JITTER = 0.2;
/** Of the renew deadline, 2 s by default: an API server that is silent must not hold up the end of the process. */
const LEAVE_SHARE = 0.2;

/**
 * The membership of one replica. All replicas report in one Lease, by compare-and-swap: each increments its own count
 * there while it runs, and is removed by the others when its count has not changed for the lease's duration.
 */
export class ReplicaLease {
  readonly #options: ReplicaLeaseOptions;
  readonly #clock: Clock;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #store: LeaseStore;
  readonly #silence: SilenceTimer;
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #membership: Membership | undefined;
  /** The newest epoch in which this replica has settled. */
  #settled = 0;
  /** Ends the pause before the next report. */
  #wake = new AbortController();
  #onMember = () => {};
  /** When the last successful report began; undefined while not a member. */
  #reportedAt: number | undefined;

  constructor(options: ReplicaLeaseOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    if (!(this.#retryPeriodMs < this.#renewDeadlineMs && this.#renewDeadlineMs < this.#leaseDurationMs)) {
      throw new Error("replica lease: retry period < renew deadline < lease duration is required");
    }
    this.#store = new LeaseStore({ ...options, durationMs: this.#leaseDurationMs, clock: this.#clock });
    this.#silence = new SilenceTimer(this.#clock);
  }

  /** True while this replica may work, by the clock: false after the deadline even if no timer could run. */
  get isMember(): boolean {
    return this.memberUntil !== undefined && this.#clock.now() < this.memberUntil;
  }

  /** Until when this replica may work without another report, on its clock; undefined while it is no member. */
  get memberUntil(): number | undefined {
    return this.#reportedAt === undefined ? undefined : this.#reportedAt + this.#renewDeadlineMs;
  }

  /** Starts to report. Resolves when this replica becomes a member. */
  async start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onMember = resolve;
    this.#loop = this.#run(this.#stopped.signal);
    await promise;
  }

  /**
   * Reports that no work is in progress on shards that this replica does not own in the epoch: at once if others wait.
   */
  settled(epoch: number): void {
    if (epoch <= this.#settled) return;
    this.#settled = epoch;
    if (this.#membership?.draining.includes(this.#options.identity)) this.#wake.abort();
  }

  /** Leaves, so that the others need not wait. All work must have ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
    if (this.isMember)
      await this.#store
        .leave(this.#options.identity, this.#renewDeadlineMs * LEAVE_SHARE)
        .catch((error: unknown) => this.#options.onError?.(error));
    this.#reportedAt = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const reported = await this.#report(signal);
      if (signal.aborted) return;
      if (!reported && this.#membership !== undefined && !this.isMember) {
        this.#reportedAt = undefined;
        this.#options.onLost?.();
        return;
      }
      await this.#pause(signal);
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const jitter = 1 + JITTER * (this.#options.random ?? Math.random)();
    const untilLost = this.#reportedAt === undefined ? Number.POSITIVE_INFINITY : this.#untilDeadline();
    const ms = Math.min(this.#retryPeriodMs * jitter, Math.max(0, untilLost));
    await this.#clock.sleep(ms, AbortSignal.any([signal, this.#wake.signal]));
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }

  #untilDeadline(): number {
    return (this.#reportedAt ?? 0) + this.#renewDeadlineMs - this.#clock.now();
  }

  /** One report; false if this replica must not report, or the API server does not answer in time. */
  async #report(signal: AbortSignal): Promise<boolean> {
    const started = this.#clock.now();
    // A member's report may not outlast the deadline, by which onLost must be called.
    const timeoutMs = this.isMember ? Math.max(1, this.#untilDeadline()) : this.#renewDeadlineMs;
    const limits = () => ({ signal, timeoutMs: Math.max(1, timeoutMs - (this.#clock.now() - started)) });
    for (let attempts = MAX_WRITE_ATTEMPTS; ; attempts--) {
      try {
        const membership = await this.#reportOnce(limits);
        if (membership === undefined) return false;
        this.#membership = membership;
        this.#reportedAt = started;
        this.#options.onMembership(membership);
        this.#onMember();
        return true;
      } catch (error) {
        const lostRace = isConflict(error) || isAlreadyExists(error);
        if (lostRace && attempts > 1 && !signal.aborted) continue;
        if (!signal.aborted && !lostRace) this.#options.onError?.(error);
        return false;
      }
    }
  }

  /** Undefined if this replica was removed, or another operator holds the Lease alone. */
  async #reportOnce(limits: () => CallLimits): Promise<Membership | undefined> {
    const { identity } = this.#options;
    const lease = await this.#store.read(limits());
    // A Lease that was deleted is recreated as it was.
    const current = lease === undefined ? this.#membership : readMembership(lease);
    // After an etcd restore, an epoch could be used twice: replicas would be taken for settled in the second one.
    const wentBack = (current?.epoch ?? 0) < (this.#membership?.epoch ?? 0);
    if (this.#membership !== undefined && (wentBack || current?.members[identity] === undefined)) {
      this.#reportedAt = undefined;
      return undefined;
    }
    if (lease !== undefined && this.#isHeldAlone(lease)) return undefined;
    const silent = this.#silentMembers(current, lease?.spec?.leaseDurationSeconds ?? 0);
    const next = planReport(current, { id: identity, settled: this.#settled }, silent);
    await this.#store.write(lease, next, limits());
    return next;
  }

  /** True if an operator without sharding, as in earlier versions, holds the Lease and its duration has not passed. */
  #isHeldAlone(lease: Lease): boolean {
    const { holderIdentity = "", leaseDurationSeconds, renewTime = "" } = lease.spec ?? {};
    if (readMembership(lease) !== undefined || holderIdentity === "") return false;
    const durationMs = leaseDurationSeconds === undefined ? this.#leaseDurationMs : leaseDurationSeconds * 1000;
    return this.#silence.silentForMs(holderIdentity, renewTime) < durationMs;
  }

  #silentMembers(current: Membership | undefined, leaseSeconds: number): ReadonlySet<string> {
    const durationMs = Math.max(this.#leaseDurationMs, leaseSeconds * 1000);
    const others = Object.entries(current?.members ?? {}).filter(([id]) => id !== this.#options.identity);
    this.#silence.retain(new Set(others.map(([id]) => id)));
    const silent = others.filter(([id, count]) => this.#silence.silentForMs(id, String(count)) >= durationMs);
    return new Set(silent.map(([id]) => id));
  }
}
