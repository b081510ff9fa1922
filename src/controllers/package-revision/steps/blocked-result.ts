import type { Veto } from "../../../core/revision/observation.ts";
import type { StepResult } from "../scope.ts";

/** A step that went well, though the wish to move on may have to wait. */
export function vetoResult(
  veto: Veto | undefined,
  status: StepResult["status"],
  ready: StepResult["readiness"],
): StepResult {
  if (veto === undefined) return { status: { ...status, waitingFor: undefined }, readiness: ready };
  const { reason, message } = veto;
  const state = veto.kind === "waiting" ? "reconciling" : "stalled";
  return { status: { ...status, waitingFor: [reason] }, readiness: { state, reason, message } };
}
