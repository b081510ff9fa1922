import type { RetryDecision } from "../../runtime/reconcile.ts";

export interface StalledErrorOptions {
  /** The reason of the conditions that report it. */
  readonly reason: string;
  /**
   * Retried with backoff where a change elsewhere (a Secret) can resolve it; never where only the object itself can.
   */
  readonly retry: Extract<RetryDecision["kind"], "backoff" | "never">;
}

/** A failure that only the user can resolve. The message is shown to the user in conditions and Events. */
export class StalledError extends Error {
  override readonly name: string = "StalledError";
  readonly reason: string;
  readonly retry: StalledErrorOptions["retry"];

  constructor({ reason, retry }: StalledErrorOptions, message: string) {
    super(message);
    this.reason = reason;
    this.retry = retry;
  }
}
