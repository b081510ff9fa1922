import { MAX_SHOWN_FAILED, type RolloutState, type RolloutStatus } from "../../api/v1alpha1/rollout.ts";
import { ANNOTATION_ROLLOUT } from "../../api/v1alpha1/well-known.ts";
import { formatCount } from "../conditions/count.ts";
import { decisionOn, formatDecision, resumeId } from "./decision.ts";
import { acceptedFailures, type Gate, type GateInput } from "./gate.ts";
import type { RolloutTarget, TargetState } from "./target.ts";

/** `status.rollout`. */
export function describeRollout(input: GateInput, gate: Gate): RolloutStatus {
  const { waves, position } = input;
  const { ended, ...place } = position;
  const state = ended ?? stateAt(gate);
  const targets = waves.flat();
  const reached = targets.filter((one) => state !== "RolledBack" || formerStateOf(one, place.id) !== undefined);
  const published = reached.filter((one) => stateIn(one, state, place.id) === "published").length;
  const failed = waves
    .slice(0, Math.max(place.wave, 1))
    .flatMap((wave) => wave.filter((one) => stateIn(one, state, place.id) === "failed"))
    .map(({ name }) => name);
  const resume = resumeValue(input, gate);
  const total = reached.length;
  const progress = `${published}/${total} ${state === "RolledBack" ? "rolled back" : "published"}, wave ${place.wave} of ${waves.length}`;
  const { message, todo } = explain(input, gate, state, failed);
  const advice = todo === undefined ? "" : `; ${todo} annotate the set with ${ANNOTATION_ROLLOUT}=${resume}`;
  return {
    ...place,
    state,
    waves: waves.length,
    targets: targets.length,
    published,
    progress,
    message: `${message}${advice}`.slice(0, 1024),
    ...(failed.length > 0 && { failed: failed.slice(0, MAX_SHOWN_FAILED) }),
    resume,
  };
}

function stateAt(gate: Gate): RolloutState {
  switch (gate.kind) {
    case "completed":
      return "Completed";
    case "stopped":
      return "Stopped";
    case "paused":
      return "Paused";
    case "closed":
      return "WaitingForWindow";
    default:
      return "Progressing";
  }
}

function formerStateOf({ record, formerState }: RolloutTarget, id: string): TargetState | undefined {
  return record?.rollout === id ? formerState : undefined;
}

/** How far the target is with what it is to have in this state. */
function stateIn(target: RolloutTarget, state: RolloutState, id: string): TargetState {
  return (state === "RolledBack" ? formerStateOf(target, id) : undefined) ?? target.state;
}

function resumeValue({ position, ...input }: GateInput, gate: Gate): string {
  const { wave, ended } = position;
  const resume = decisionOn(position, input.decision);
  const accepted = acceptedFailures({ ...input, position });
  const opens = ended === undefined && (gate.kind === "paused" || gate.kind === "closed");
  const failures = gate.kind === "stopped" ? Math.max(gate.failures, accepted) : accepted;
  // An aborted one goes on with what it had to wait for.
  const opened = resume?.kind === "resume" ? resume.wave : 0;
  return formatDecision({
    kind: "resume",
    id: resumeId(position),
    wave: opens ? wave + 1 : Math.max(wave, opened),
    failures,
  });
}

/** @param failed names of variants */
function explain(
  { waves, position }: GateInput,
  gate: Gate,
  state: RolloutState,
  failed: readonly string[],
): { readonly message: string; readonly todo?: string } {
  const such = failed[0] === undefined ? "" : `, such as ${failed[0]}`;
  switch (state) {
    case "Completed":
      return {
        message: failed.length === 0 ? "all is published" : `${formatCount(failed.length, "target")} failed${such}`,
      };
    case "Stopped": {
      const message = `${formatCount(failed.length, "target")} failed${such}: nothing further goes out until they are published`;
      return { message, todo: "to go on all the same," };
    }
    case "Paused":
      return gate.kind === "paused" && gate.until !== undefined
        ? { message: `paused until ${new Date(gate.until).toISOString()}`, todo: "to go on at once," }
        : { message: "paused before the next wave", todo: "to go on," };
    case "WaitingForWindow": {
      const opensAt = gate.kind === "closed" ? gate.opensAt : undefined;
      const when = opensAt === undefined ? "never opens" : `opens at ${new Date(opensAt).toISOString()}`;
      return { message: `the window of the next wave ${when}`, todo: "to go on at once," };
    }
    case "Aborted":
      return { message: "aborted: nothing further goes out, and what has gone out stays", todo: "to go on," };
    case "RolledBack":
      return { message: "rolled back: what has gone out gets what it had before", todo: "to begin again," };
    case "Progressing": {
      const pending = gate.kind === "waiting" ? gate.pending : 0;
      const isLast = position.wave === waves.length;
      return { message: `${formatCount(pending, "target")} to be published${isLast ? "" : " before the next wave"}` };
    }
    default:
      return state satisfies never;
  }
}
