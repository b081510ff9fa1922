import type { Blocker } from "../../../core/revision/observation.ts";
import type { StepResult } from "../scope.ts";

/** A step that went well, though the wish to move on may have to wait. */
export function resultWithBlocker(
  blocker: Blocker | undefined,
  status: StepResult["status"],
  ready: StepResult["readiness"],
): StepResult {
  if (blocker === undefined) return { status: { ...status, waitingFor: undefined }, readiness: ready };
  const { reason, message } = blocker;
  const state = blocker.kind === "waiting" ? "reconciling" : "stalled";
  return { status: { ...status, waitingFor: [reason] }, readiness: { state, reason, message } };
}
