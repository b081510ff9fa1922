import type { AdmissionObject } from "../../core/admission/policy-manifests.ts";
import type { WatchedInformer } from "../shared/informers.ts";
import type { PolicyMonitor } from "./monitor.ts";
import { wasInterrupted } from "./predicates.ts";

/** Evaluates the policies at each change of one of them, or of a binding. */
export function watchPolicies(
  informers: readonly WatchedInformer<AdmissionObject>[],
  monitor: Pick<PolicyMonitor, "evaluate" | "noteGap">,
): void {
  for (const informer of informers) {
    informer.onChange((next, previous) => {
      if (wasInterrupted(next, previous)) monitor.noteGap();
      monitor.evaluate();
    });
  }
}
