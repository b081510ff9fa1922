import type { RolloutStatus } from "../../api/v1alpha1/rollout.ts";
import { sha256Hex } from "../identity/hash.ts";
import { type Decision, decisionOn } from "./decision.ts";
import type { RolloutTarget } from "./target.ts";

/** Where a rollout is: what has to survive a restart. */
export type RolloutPosition = Pick<
  RolloutStatus,
  "id" | "wave" | "firstWave" | "startTime" | "pauseStartTime" | "specs" | "template" | "steps"
> & {
  /** A person has ended it. */
  readonly ended?: "Aborted" | "RolledBack";
};

export interface BeginInput {
  readonly previous?: RolloutStatus;
  readonly decision?: Decision;
  readonly waves: readonly (readonly RolloutTarget[])[];
  /** Hashes of what the targets of each wave are to have, and of `spec.template`. */
  readonly specs: string;
  readonly template: string;
  /** A hash of the steps. */
  readonly steps: string;
  /** RFC 3339. */
  readonly now: string;
}

/**
 * Continues the rollout that there is, or begins another one where the set has changed for targets that it has reached.
 * Where it has changed for others whose waves are out, by other steps or labels, the same one begins again: a roll back
 * takes back all that it has reached. Targets that come and go begin none: what they get is as far out as their wave.
 */
export function beginOrContinue(input: BeginInput): RolloutPosition {
  const { previous, decision, waves, specs, template, steps } = input;
  if (previous === undefined) return adoptDecision(input) ?? begin(input);
  const { id, wave, firstWave, startTime, pauseStartTime, state } = previous;
  const decided = decisionOn(previous, decision)?.kind;
  const ended = endOf(state, decided);
  const isComplete = state === "Completed";
  const reachedChange = waves.flat().some((one) => isReached(one, id) && isChanged(one));
  if (ended !== undefined) {
    if (previous.template !== template || reachedChange) return begin(input);
  } else {
    if (state === "RolledBack") return begin(input);
    const released = waves.slice(0, isComplete ? waves.length : wave).flat();
    if (previous.specs !== specs) {
      if (reachedChange) return begin(input);
      if (wave === 0 || released.some(isChanged)) return isComplete ? begin(input) : { ...begin(input), id };
    }
  }
  return {
    id,
    // The number of steps may have changed.
    wave: isComplete ? waves.length : Math.min(wave, waves.length),
    firstWave,
    startTime,
    ...(pauseStartTime !== undefined && { pauseStartTime }),
    specs: ended === undefined ? specs : previous.specs,
    template: ended === undefined ? template : previous.template,
    steps,
    ...(ended !== undefined && { ended }),
  };
}

/** An end stays until a person resumes, also without the annotation: whoever removes that has not decided to go on. */
function endOf(state: RolloutStatus["state"], decided: Decision["kind"] | undefined): RolloutPosition["ended"] {
  if (decided === "resume") return undefined;
  if (state === "RolledBack" || decided === "rollback") return "RolledBack";
  return state === "Aborted" || decided === "abort" ? "Aborted" : undefined;
}

/** True if the variant got its spec from this rollout, and it stands or was rolled back. */
function isReached({ record }: RolloutTarget, id: string): boolean {
  return record?.rollout === id;
}

/** True if the target is to have something else than what it got last. A change by hand is none. */
function isChanged({ variant, wanted, record, hasWanted }: RolloutTarget): boolean {
  if (variant === undefined || wanted === undefined) return false;
  if (record?.rolledBack !== undefined) return record.rolledBack !== wanted.hash;
  return record?.spec !== wanted.hash && !hasWanted;
}

/**
 * The status is lost, and a person has ended a rollout: it does not go on by itself. If the set has changed since, that
 * waits for the person, too.
 */
function adoptDecision({ decision, waves, specs, template, steps, now }: BeginInput): RolloutPosition | undefined {
  if (decision === undefined || decision.kind === "resume") return undefined;
  const { id, kind } = decision;
  const reached = waves.findLastIndex((wave) => wave.some((one) => isReached(one, id)));
  const ended = kind === "abort" ? "Aborted" : "RolledBack";
  return { id, wave: reached + 1, firstWave: 1, startTime: now, specs, template, steps, ended };
}

/**
 * Waves for which nothing changes are passed at once, as far as the one before came: nothing is waited for after them.
 * Without a status, or with other steps, nobody knows how far that is.
 */
function begin({ previous, waves, specs, template, steps, now }: BeginInput): RolloutPosition {
  const affected = waves.findIndex((wave) => wave.some(({ hasWanted }) => !hasWanted));
  const first = affected === -1 ? waves.length + 1 : affected + 1;
  const reached = previous?.steps === steps ? Math.max(previous.wave, 1) : 1;
  const firstWave = affected === -1 ? first : Math.min(first, reached);
  const id = sha256Hex(`${previous?.id ?? ""} ${specs} ${now}`).slice(0, 12);
  return { id, wave: firstWave - 1, firstWave, startTime: now, specs, template, steps };
}
