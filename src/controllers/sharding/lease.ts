import type { KubeObject, Resource } from "../../api/meta.ts";
import { type Membership, planLeave, planReport } from "../../core/sharding/membership.ts";
import type { KubeClient } from "../../kube/client/client.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../../kube/client/errors.ts";
import { type Clock, microTime, systemClock } from "../../kube/clock.ts";

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

/** Where the Lease tells who shares the work, as the JSON of a `Membership`. */
export const ANNOTATION_REPLICAS = "pkgserver.dev/replicas";

export interface ReplicaLeaseOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  /** Unique among those that live; one that comes again under its old name goes on in its place. */
  readonly identity: string;
  /** How long others wait after they last heard of a replica. Whole seconds. */
  readonly leaseDurationMs?: number;
  /** How long a replica goes on without a report that succeeded; shorter than the lease. */
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
  /** Called with every membership that this replica is part of. */
  readonly onMembership: (membership: Membership) => void;
  /** Called once, when this replica could not report in time or was given up: stop at once, its work is about to be someone else's. */
  readonly onLost?: () => void;
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** A try that lost against another replica's is made again at once this often. */
const WRITE_TRIES = 5;

/**
 * One replica's part in sharing the work. All replicas report in one Lease, by compare-and-swap. Each measures on its own clock for how long
 * another's count has not changed, as client-go's elector does, so that the clocks of machines are never compared.
 */
export class ReplicaLease {
  readonly #options: ReplicaLeaseOptions;
  readonly #clock: Clock;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  /** Replica → its count, or what stands for it, and since when that has been so, on our clock. */
  readonly #heard = new Map<string, { readonly mark: string; readonly at: number }>();
  #membership: Membership | undefined;
  #settled = 0;
  #nudge = new AbortController();
  #onMember = () => {};
  /** When the last report that succeeded was begun; undefined while not a member. */
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
  }

  /** Whether this replica may work now, by the clock: false after the deadline even if no timer had a chance to run. */
  get isMember(): boolean {
    return this.#reportedAt !== undefined && this.#clock.now() - this.#reportedAt < this.#renewDeadlineMs;
  }

  /** Begins to take part; resolves when this replica is a member for the first time. */
  async start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onMember = resolve;
    this.#loop = this.#run(this.#stopped.signal);
    await promise;
  }

  /** Tells the others that all work is let go of which is not this replica's own in that epoch. */
  settled(epoch: number): void {
    if (epoch <= this.#settled) return;
    this.#settled = epoch;
    if (this.#membership?.draining.includes(this.#options.identity)) this.#nudge.abort();
  }

  /** Stops taking part, so that the others need not wait. Call it after the work has ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
    if (this.isMember) await this.#leave().catch((error: unknown) => this.#options.onError?.(error));
    this.#reportedAt = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const member = await this.#report(signal);
      if (signal.aborted) return;
      if (!member && this.#membership !== undefined && !this.isMember) {
        this.#reportedAt = undefined;
        this.#options.onLost?.();
        return;
      }
      await this.#pause(signal);
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const jitter = 1 + 0.2 * (this.#options.random ?? Math.random)();
    const untilLost = this.#reportedAt === undefined ? Number.POSITIVE_INFINITY : this.#untilDeadline();
    const ms = Math.min(this.#retryPeriodMs * jitter, Math.max(0, untilLost));
    await this.#clock.sleep(ms, AbortSignal.any([signal, this.#nudge.signal]));
    if (this.#nudge.signal.aborted) this.#nudge = new AbortController();
  }

  #untilDeadline(): number {
    return (this.#reportedAt ?? 0) + this.#renewDeadlineMs - this.#clock.now();
  }

  /** One attempt to report; false where that is not for us to do, or the API server does not answer in time. */
  async #report(signal: AbortSignal): Promise<boolean> {
    const started = this.#clock.now();
    // A member's attempt may not outlast the deadline, by which onLost must be called.
    const timeoutMs = this.isMember ? Math.max(1, this.#untilDeadline()) : this.#renewDeadlineMs;
    const left = () => ({ signal, timeoutMs: Math.max(1, timeoutMs - (this.#clock.now() - started)) });
    for (let tries = WRITE_TRIES; ; tries--) {
      try {
        const membership = await this.#reportOnce(left);
        if (membership === undefined) return false;
        this.#membership = membership;
        this.#reportedAt = started;
        this.#options.onMembership(membership);
        this.#onMember();
        return true;
      } catch (error) {
        const lostRace = isConflict(error) || isAlreadyExists(error);
        if (lostRace && tries > 1 && !signal.aborted) continue;
        if (!signal.aborted && !lostRace) this.#options.onError?.(error);
        return false;
      }
    }
  }

  async #reportOnce(call: () => { signal: AbortSignal; timeoutMs: number }): Promise<Membership | undefined> {
    const { identity } = this.#options;
    const lease = await this.#read(call());
    // One that somebody deleted is made again as it was.
    const seen = lease === undefined ? this.#membership : readMembership(lease);
    // Epochs that come again, from a backup of etcd, would be taken for settled.
    const wentBack = (seen?.epoch ?? 0) < (this.#membership?.epoch ?? 0);
    if (this.#membership !== undefined && (wentBack || seen?.members[identity] === undefined)) {
      this.#reportedAt = undefined;
      return undefined;
    }
    if (lease !== undefined && this.#isHeldOtherwise(lease)) return undefined;
    const silent = this.#listen(seen, lease?.spec?.leaseDurationSeconds ?? 0);
    const next = planReport(seen, { id: identity, settled: this.#settled }, silent);
    await this.#write(lease, next, call());
    return next;
  }

  /** Held by an operator that leads alone, as those before this one did, until it has been silent for as long as its Lease lasts. */
  #isHeldOtherwise(lease: Lease): boolean {
    const {
      holderIdentity = "",
      leaseDurationSeconds = this.#leaseDurationMs / 1000,
      renewTime = "",
    } = lease.spec ?? {};
    if (readMembership(lease) !== undefined || holderIdentity === "") return false;
    return this.#silence(holderIdentity, renewTime) < leaseDurationSeconds * 1000;
  }

  #listen(seen: Membership | undefined, leaseSeconds: number): ReadonlySet<string> {
    const patience = Math.max(this.#leaseDurationMs, leaseSeconds * 1000);
    const members = Object.entries(seen?.members ?? {}).filter(([id]) => id !== this.#options.identity);
    for (const id of this.#heard.keys()) if (seen?.members[id] === undefined) this.#heard.delete(id);
    return new Set(members.filter(([id, count]) => this.#silence(id, String(count)) >= patience).map(([id]) => id));
  }

  /** For how long `mark` has been the same, in milliseconds. */
  #silence(id: string, mark: string): number {
    const now = this.#clock.now();
    if (this.#heard.get(id)?.mark !== mark) this.#heard.set(id, { mark, at: now });
    return now - (this.#heard.get(id)?.at ?? now);
  }

  async #read(call: { readonly signal?: AbortSignal; readonly timeoutMs: number }): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      return await client.get(leases, { namespace, name }, call);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #write(
    seen: Lease | undefined,
    next: Membership,
    call: { readonly signal?: AbortSignal; readonly timeoutMs: number },
  ): Promise<void> {
    const { client, namespace, name } = this.#options;
    const now = microTime(this.#clock.date());
    const before = seen?.spec?.holderIdentity ?? "";
    // What `kubectl get lease` shows: the one that has been here longest.
    const [holderIdentity = "", ...others] = Object.keys(next.members);
    const ours = this.#leaseDurationMs / 1000;
    // Replicas of before a change of the duration may still go by theirs.
    const longest = others.length === 0 ? ours : Math.max(ours, seen?.spec?.leaseDurationSeconds ?? 0);
    const spec: LeaseSpec = {
      holderIdentity,
      leaseDurationSeconds: holderIdentity === "" ? 1 : longest,
      acquireTime: (before === holderIdentity ? seen?.spec?.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: (seen?.spec?.leaseTransitions ?? 0) + (seen === undefined || before === holderIdentity ? 0 : 1),
    };
    const annotations = { ...seen?.metadata.annotations, [ANNOTATION_REPLICAS]: renderMembership(next) };
    if (seen === undefined) await client.create(leases, { metadata: { namespace, name, annotations }, spec }, call);
    else await client.update(leases, { ...seen, metadata: { ...seen.metadata, annotations }, spec }, call);
  }

  async #leave(): Promise<void> {
    for (let tries = WRITE_TRIES; ; tries--) {
      // Read anew: a report that the stop cut off may have been carried out.
      const lease = await this.#read({ timeoutMs: this.#retryPeriodMs });
      const seen = lease === undefined ? undefined : readMembership(lease);
      if (lease === undefined || seen?.members[this.#options.identity] === undefined) return;
      try {
        return await this.#write(lease, planLeave(seen, this.#options.identity), { timeoutMs: this.#retryPeriodMs });
      } catch (error) {
        if (!isConflict(error) || tries === 1) throw error;
      }
    }
  }
}

/** The annotation's `settling` is what the code calls draining: replicas of earlier versions read it. */
function renderMembership({ epoch, members, draining }: Membership): string {
  return JSON.stringify({ epoch, members, settling: draining });
}

/** Undefined where it holds none, or nothing that can be read: then it counts as held by whoever its spec names. */
function readMembership({ metadata }: Lease): Membership | undefined {
  try {
    const { epoch, members, settling } = JSON.parse(metadata.annotations?.[ANNOTATION_REPLICAS] ?? "{}");
    const counts = Object.entries(members as object);
    const fits = Number.isSafeInteger(epoch) && counts.every(([, count]) => Number.isSafeInteger(count));
    return fits && Array.isArray(settling)
      ? { epoch, members: Object.fromEntries(counts), draining: settling }
      : undefined;
  } catch {
    return undefined;
  }
}
