import type { Membership } from "../../core/sharding/membership.ts";
import { SharedTimes } from "../../runtime/shared-clock.ts";

/** What the main thread sends to the thread of the Lease. */
export type LeaseRequest = { readonly kind: "settled"; readonly epoch: number } | { readonly kind: "stop" };

/** What the thread of the Lease sends to the main thread. */
export type LeaseReport =
  | { readonly kind: "membership"; readonly membership: Membership }
  /** Another replica may start on this one's shards. The process is about to be killed. */
  | { readonly kind: "lost" }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "apiCall"; readonly code: number | "error"; readonly method: string }
  /** Answers `stop`: this replica has left. */
  | { readonly kind: "stopped" };

/** One end of the connection between the two threads. Messages wait for `onMessage`, which is called once. */
export interface LeasePort<Sent, Received> {
  readonly post: (message: Sent) => void;
  readonly onMessage: (handler: (message: Received) => void) => void;
}

/** The main thread's end. */
export interface LeaseConnection extends LeasePort<LeaseRequest, LeaseReport> {
  /** Ends the thread. */
  readonly close: () => void;
}

/** What both threads know without a message: a main thread that was busy must not act on what it knew before. */
export class LeaseMemory {
  readonly #times: SharedTimes;

  constructor(buffer?: SharedArrayBuffer) {
    this.#times = new SharedTimes(2, buffer);
  }

  get buffer(): SharedArrayBuffer {
    return this.#times.buffer;
  }

  /** Until when this replica may work without another report; undefined while it is no member. */
  get memberUntil(): number | undefined {
    return this.#times.get(0);
  }

  set memberUntil(ms: number | undefined) {
    this.#times.set(0, ms);
  }

  /** When the main thread's event loop was last free. */
  get freeAt(): number | undefined {
    return this.#times.get(1);
  }

  set freeAt(ms: number | undefined) {
    this.#times.set(1, ms);
  }
}
