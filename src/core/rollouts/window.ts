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
 * Where a change to summer time leaves out the time of the schedule, the window opens an hour later, unless its minute
 * or hour has a `*`, also as a step; where one comes twice, once. As in cron, a day is either of the month or of the
 * week where both are restricted. Throws `WindowError`.
 */
export function windowAt(window: RolloutWindow, now: number): WindowState {
  return withCron(window, (openingAfter, duration) => {
    // Open if it has opened within its duration.
    const next = openingAfter(now - duration);
    if (next !== undefined && next <= now) return { kind: "open" };
    return { kind: "closed", ...(next !== undefined && { opensAt: next }) };
  });
}

/** Openings of one window that follow each other without a gap. */
const MAX_JOINED = 100;

/**
 * When a window closes; undefined if it is closed. Openings before that prolong it; of very many, so far as they were
 * followed. Throws `WindowError`, also for a schedule that never opens it, such as of the 30th of February.
 */
export function windowEnd(window: RolloutWindow, now: number): number | undefined {
  return withCron(window, (openingAfter, duration) => {
    let end: number | undefined;
    let opening = openingAfter(now - duration);
    for (let count = 0; opening !== undefined && opening <= (end ?? now) && count < MAX_JOINED; count++) {
      end = opening + duration;
      opening = openingAfter(opening);
    }
    if (end === undefined && opening === undefined) throw new Error("never occurs");
    return end;
  });
}

type OpeningAfter = (time: number) => number | undefined;

function withCron<T>(
  { schedule, duration, timeZone = "UTC" }: RolloutWindow,
  use: (openingAfter: OpeningAfter, duration: number) => T,
): T {
  try {
    const cron = new Cron(schedule, { timezone: timeZone, mode: "5-part", paused: true, fixedTimeRule: "no-wildcard" });
    return use((time) => cron.nextRun(new Date(time))?.getTime(), parseDuration(duration) ?? 0);
  } catch (error) {
    // It throws plain TypeErrors and RangeErrors for what it cannot read.
    const [reason] = error instanceof Error ? error.message.split("\n") : [String(error)];
    throw new WindowError(`window ${JSON.stringify(schedule)} in ${JSON.stringify(timeZone)}: ${reason}`);
  }
}
