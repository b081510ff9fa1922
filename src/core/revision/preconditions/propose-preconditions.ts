import type { Blocker, Observation } from "../observation.ts";

/** Gates of later steps: they never block proposing. */
const LATER_GATES: ReadonlySet<string> = new Set(["pkg.pkgserver.dev/approve", "pkg.pkgserver.dev/install"]);

/** Why a draft cannot be proposed. */
export function proposeBlocker(observation: Observation): Blocker | undefined {
  if (observation.object.spec.lifecycle !== "proposed") {
    const message = "this is a draft: set lifecycle proposed, then approve the proposal";
    return { reason: "NotProposed", message, kind: "stalled" };
  }
  const gate = openGates(observation)[0];
  if (gate === undefined) return undefined;
  const condition = observation.object.status?.conditions?.find((one) => one.type === gate);
  const state =
    condition === undefined ? "is not set" : `is ${condition.status} (${condition.reason}): ${condition.message}`;
  const message = `the readiness gate ${gate} must be True before this is proposed; the condition ${state}`;
  return { reason: "WaitingForGate", message, kind: "waiting" };
}

/** The condition types of gates that are not True, in the order of the spec. */
export function openGates(observation: Observation): readonly string[] {
  const passed = new Set(
    (observation.object.status?.conditions ?? []).filter((one) => one.status === "True").map((one) => one.type),
  );
  const gates = (observation.object.spec.readinessGates ?? []).map((gate) => gate.conditionType);
  return gates.filter((gate) => !LATER_GATES.has(gate) && !passed.has(gate));
}
