import type { Freeze } from "../../api/v1alpha1/repository-freezes.ts";
import { WindowError, windowEnd } from "../rollouts/window.ts";
import type { FreezeState } from "./observation.ts";

/** The freeze that is on and ends last; one that cannot be evaluated is on. `now`: milliseconds since 1970. */
export function freezeAt(freezes: readonly Freeze[], now: number): FreezeState | undefined {
  let last: { readonly name: string; readonly until: number } | undefined;
  for (const { name, ...window } of freezes) {
    try {
      const until = windowEnd(window, now);
      if (until !== undefined && until > (last?.until ?? now)) last = { name, until };
    } catch (error) {
      if (!(error instanceof WindowError)) throw error;
      return { name, end: { problem: error.message } };
    }
  }
  return last && { name: last.name, end: { until: last.until } };
}
