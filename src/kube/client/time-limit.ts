import { ConnectionError } from "./errors.ts";

export interface TimeLimit {
  /** Aborted at the limit with a `ConnectionError`, or by the caller's signal with its reason. */
  readonly signal: AbortSignal;
  /** Ends the limit, but still follows the caller's signal. */
  readonly stopTimer: () => void;
  /** Ends the limit and no longer follows the caller's signal. */
  readonly clear: () => void;
}

/** @param what the request, for the message of the error */
export function limitTime(what: string, ms: number, caller: AbortSignal | undefined): TimeLimit {
  const controller = new AbortController();
  const follow = () => controller.abort(caller?.reason);
  if (caller?.aborted) follow();
  else caller?.addEventListener("abort", follow, { once: true });
  const timer = setTimeout(() => {
    controller.abort(new ConnectionError(`${what}: no answer within ${ms / 1000} s`, { timedOut: true }));
  }, ms);
  const stopTimer = () => clearTimeout(timer);
  return {
    signal: controller.signal,
    stopTimer,
    clear: () => {
      stopTimer();
      caller?.removeEventListener("abort", follow);
    },
  };
}
