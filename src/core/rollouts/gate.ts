import type { RolloutStep } from "../../api/v1alpha1/rollout.ts";
import { parseDuration } from "../identity/duration.ts";
import type { RolloutPosition } from "./begin.ts";
import { type Decision, decisionOn } from "./decision.ts";
import type { RolloutTarget } from "./target.ts";
import { failureLimit } from "./waves.ts";
import { windowAt } from "./window.ts";

/** Whether the next wave may begin. Times are milliseconds since 1970. */
export type Gate =
  | { readonly kind: "open" }
  /** There is no next wave. */
  | { readonly kind: "completed" }
  | { readonly kind: "waiting"; readonly pending: number }
  /** @param failures more than the steps allow */
  | { readonly kind: "stopped"; readonly failures: number }
  /** @param until absent: until a person resumes */
  | { readonly kind: "paused"; readonly since: number; readonly until?: number }
  /** @param since as of `paused`, if the step before has a pause */
  | { readonly kind: "closed"; readonly since?: number; readonly opensAt?: number };

export interface GateInput {
  readonly steps: readonly RolloutStep[];
  readonly waves: readonly (readonly RolloutTarget[])[];
  readonly position: RolloutPosition;
  readonly decision?: Decision;
  readonly now: number;
}

/** Failures beyond the limits of these waves, the last one not included. */
export function excessFailures({ steps, waves }: GateInput, upTo: number, from = 0): number {
  const excess = waves.slice(from, upTo).map((wave, index) => {
    const failed = wave.filter(({ state }) => state === "failed").length;
    const step = steps[from + index];
    return step === undefined ? 0 : Math.max(0, failed - failureLimit(step, wave.length));
  });
  return excess.reduce((sum, one) => sum + one, 0);
}

/** Failures that a person has accepted. */
export function acceptedFailures({ decision, position }: Pick<GateInput, "decision" | "position">): number {
  const resume = decisionOn(position, decision);
  return resume?.kind === "resume" ? resume.failures : 0;
}

/** Those that nobody has accepted: of waves that began after a person has resumed, all of them. */
function unacceptedFailures(input: GateInput): number {
  const { decision, position } = input;
  const resume = decisionOn(position, decision);
  const known = resume?.kind === "resume" ? Math.min(resume.wave, position.wave) : 0;
  const left = Math.max(0, excessFailures(input, known) - acceptedFailures(input));
  return left + excessFailures(input, position.wave, known);
}

/**
 * The gate before the wave after `position.wave`: everything of all earlier waves is published but for as many failures
 * as are allowed, the pause is over, and the window is open. A resume opens pause and window; neither is there if all
 * later targets have what they are to have. Throws `WindowError`.
 */
export function gateAt(input: GateInput): Gate {
  const { steps, waves, position, decision, now } = input;
  const { wave, firstWave, pauseStartTime } = position;
  const failures = excessFailures(input, wave);
  if (unacceptedFailures(input) > 0) return { kind: "stopped", failures };
  const pending = waves.slice(0, wave).flatMap((one) => one.filter(({ state }) => state === "pending")).length;
  if (pending > 0) return { kind: "waiting", pending };
  const next = steps[wave];
  if (next === undefined) return { kind: "completed" };
  const resume = decisionOn(position, decision);
  if (resume?.kind === "resume" && resume.wave > wave) return { kind: "open" };
  // Nothing is held back: steps that are new in a set change nothing. Targets that are still to come would be.
  const later = waves.slice(wave).flat();
  if (later.length > 0 && later.every(({ hasWanted }) => hasWanted)) return { kind: "open" };
  const pause = wave >= firstWave ? steps[wave - 1]?.pause : undefined;
  const since = pause === undefined ? undefined : pauseStartTime === undefined ? now : Date.parse(pauseStartTime);
  if (pause !== undefined && since !== undefined) {
    if (pause.duration === undefined) return { kind: "paused", since };
    const until = since + (parseDuration(pause.duration) ?? 0);
    if (now < until) return { kind: "paused", since, until };
  }
  if (next.window === undefined) return { kind: "open" };
  const state = windowAt(next.window, now);
  return state.kind === "open" ? state : { ...state, ...(since !== undefined && { since }) };
}
