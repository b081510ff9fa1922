import type { Blocker, Observation } from "../observation.ts";
import { gateBlocker } from "./gates.ts";
import { inexactNumberBlocker } from "./inexact-numbers.ts";
import { processingBlocker } from "./processing.ts";

/** Why a draft cannot be proposed. */
export function proposeBlocker(observation: Observation): Blocker | undefined {
  if (observation.object.spec.lifecycle !== "proposed") {
    const message = "this is a draft: set lifecycle proposed, then approve the proposal";
    return { reason: "NotProposed", message, kind: "stalled" };
  }
  return (
    inexactNumberBlocker(observation) ??
    processingBlocker(observation, "proposed") ??
    gateBlocker(observation, "proposed")
  );
}
