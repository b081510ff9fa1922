import type { Membership } from "../../core/sharding/membership.ts";
import { monotonicMs } from "../../runtime/shared-clock.ts";
import type { LeaseConnection, LeaseMemory, LeaseReport } from "./lease-messages.ts";

export interface LeaseThreadOptions {
  /** Starts the thread, which begins to report at once. */
  readonly connect: () => LeaseConnection;
  readonly memory: LeaseMemory;
  /** Receives every membership that this replica is part of. */
  readonly onMembership: (membership: Membership) => void;
  /** Called at most once: another replica may start on this one's shards. */
  readonly onLost: () => void;
  readonly onError: (error: unknown) => void;
  readonly onApiCall: (call: { readonly code: number | "error"; readonly method: string }) => void;
  /** Default: `monotonicMs`. */
  readonly now?: () => number;
}

/**
 * The main thread's side of the thread that renews the Lease (`serve-lease.ts`). A main thread that is busy for longer
 * than the Lease's duration keeps its shards: no other replica starts on them, since it stays a member, and none starts
 * on shards that a change of the members takes from it before it has reported that it has settled.
 */
export class LeaseThread {
  readonly #options: LeaseThreadOptions;
  readonly #member = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  #port: LeaseConnection | undefined;
  #isLost = false;

  constructor(options: LeaseThreadOptions) {
    this.#options = options;
  }

  /** True while this replica may work, whether or not the reports of the thread have been read. */
  get isMember(): boolean {
    const { memory, now = monotonicMs } = this.#options;
    return memory.memberUntil !== undefined && now() < memory.memberUntil;
  }

  /** Resolves when this replica becomes a member. */
  async start(): Promise<void> {
    this.#port = this.#options.connect();
    this.#port.onMessage((report) => this.#receive(report));
    await this.#member.promise;
  }

  /** Reports that no work is in progress on shards that this replica does not own in the epoch. */
  settled(epoch: number): void {
    this.#port?.post({ kind: "settled", epoch });
  }

  /** Leaves, so that the others need not wait. All work must have ended. */
  async stop(): Promise<void> {
    if (this.#port === undefined) return;
    this.#port.post({ kind: "stop" });
    await this.#stopped.promise;
    this.#port.close();
  }

  #receive(report: LeaseReport): void {
    const { onMembership, onLost, onError, onApiCall } = this.#options;
    switch (report.kind) {
      case "membership":
        onMembership(report.membership);
        this.#member.resolve();
        return;
      case "lost":
        // A thread that has ended cannot answer a stop either.
        this.#stopped.resolve();
        if (!this.#isLost) onLost();
        this.#isLost = true;
        return;
      case "error":
        onError(report.error);
        return;
      case "apiCall":
        onApiCall(report);
        return;
      case "stopped":
        this.#stopped.resolve();
    }
  }
}
