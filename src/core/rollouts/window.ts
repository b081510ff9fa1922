import { Cron } from "croner";
import type { RolloutWindow } from "../../api/v1alpha1/rollout.ts";
import { parseDuration } from "../identity/duration.ts";

/** Whether a window is open; of a closed one, when it opens, if ever. Times are milliseconds since 1970. */
export type WindowState = { readonly kind: "open" } | { readonly kind: "closed"; readonly opensAt?: number };

/** A schedule or a time zone that does not exist. One line. */
export class WindowError extends Error {
  override readonly name = "WindowError";
}

/**
 * Where a change to summer time leaves out the time of the schedule, the window opens an hour later; where one comes
 * twice, once. As in cron, a day is either of the month or of the week where both are restricted. Throws `WindowError`.
 */
export function windowAt({ schedule, duration, timeZone = "UTC" }: RolloutWindow, now: number): WindowState {
  try {
    const cron = new Cron(schedule, { timezone: timeZone, mode: "5-part", paused: true });
    // Open if it has opened within its duration.
    const next = cron.nextRun(new Date(now - (parseDuration(duration) ?? 0)))?.getTime();
    if (next !== undefined && next <= now) return { kind: "open" };
    return { kind: "closed", ...(next !== undefined && { opensAt: next }) };
  } catch (error) {
    // It throws plain TypeErrors and RangeErrors for what it cannot read.
    const [reason] = error instanceof Error ? error.message.split("\n") : [String(error)];
    throw new WindowError(`window ${JSON.stringify(schedule)} in ${JSON.stringify(timeZone)}: ${reason}`);
  }
}
