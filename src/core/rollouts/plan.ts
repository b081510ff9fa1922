import type { PackageVariantSpec } from "../../api/v1alpha1/package-variant.ts";
import type { Rollout, RolloutStatus } from "../../api/v1alpha1/rollout.ts";
import { canonicalJson } from "../identity/canonical-json.ts";
import { sha256Hex } from "../identity/hash.ts";
import { timestamp } from "../identity/timestamp.ts";
import { hashSpec, isAsWanted } from "../variants/defaults.ts";
import { beginOrContinue, type RolloutPosition } from "./begin.ts";
import type { Decision } from "./decision.ts";
import { describeRollout } from "./describe.ts";
import { type Gate, type GateInput, gateAt } from "./gate.ts";
import { bindUpstream, formerSpec, isBound, type RolloutRecord, readRecord } from "./record.ts";
import type { RolloutTarget } from "./target.ts";
import { divideIntoWaves } from "./waves.ts";
import { windowAt } from "./window.ts";

export interface RolloutObservation {
  readonly rollout: Rollout;
  /** A hash of `spec.template`. */
  readonly template: string;
  /** In the order of their sources. */
  readonly targets: readonly RolloutTarget[];
  readonly previous?: RolloutStatus;
  readonly decision?: Decision;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a target gets now: its variant is created, or changed. */
export interface RolloutWrite {
  readonly target: RolloutTarget;
  readonly spec: PackageVariantSpec;
  /** Absent: the variant keeps the record that it has. */
  readonly record?: RolloutRecord;
}

export interface RolloutPlan {
  /** To be stored before anything is written: it says which waves have begun. */
  readonly status: RolloutStatus;
  readonly writes: readonly RolloutWrite[];
  /** When time alone changes something, in milliseconds from now. */
  readonly checkAfterMs?: number;
}

/**
 * Decides which targets get what they are to have now; the others keep what they have, or get no variant yet. The same
 * answer after a restart: all that it depends on is in objects. What each target gets is a step. Throws `WindowError`
 * for a window that never exists.
 */
export function* planRolloutInSteps(observation: RolloutObservation): Generator<void, RolloutPlan> {
  const { rollout, targets, previous, decision, now } = observation;
  // Of each step: what is wrong is reported before anything goes out.
  for (const { window } of rollout.steps) if (window !== undefined) windowAt(window, now);
  const waves = divideIntoWaves(rollout.steps, targets);
  let position = beginOrContinue({
    ...(previous !== undefined && { previous }),
    ...(decision !== undefined && { decision }),
    waves,
    specs: hashWaves(waves),
    template: observation.template,
    steps: shortHash(canonicalJson(rollout.steps)),
    now: timestamp(new Date(now)),
  });
  const inputAt = (at: RolloutPosition): GateInput => {
    return { steps: rollout.steps, waves, position: at, ...(decision !== undefined && { decision }), now };
  };
  let gate = gateAt(inputAt(position));
  while (position.ended === undefined && gate.kind === "open") {
    const { pauseStartTime: _over, ...rest } = position;
    position = { ...rest, wave: rest.wave + 1 };
    gate = gateAt(inputAt(position));
  }
  position = withPause(position, gate);
  const checkAfterMs = position.ended === undefined ? waitOf(gate, now) : undefined;
  return {
    status: describeRollout(inputAt(position), gate),
    writes: yield* position.ended === undefined ? writesOf(waves, position) : writesAfterEnd(waves, position),
    ...(checkAfterMs !== undefined && { checkAfterMs }),
  };
}

/** In another wave a target is another one: steps or labels have changed. */
function hashWaves(waves: readonly (readonly RolloutTarget[])[]): string {
  const lines = waves.flatMap((wave, index) =>
    wave.map(({ name, wanted }) => `${index} ${name} ${wanted?.hash ?? ""}`),
  );
  return shortHash(lines.toSorted().join("\n"));
}

function shortHash(text: string): string {
  return sha256Hex(text).slice(0, 20);
}

/** What is published has to stay so for the whole pause. */
function withPause(position: RolloutPosition, gate: Gate): RolloutPosition {
  const { pauseStartTime: _before, ...rest } = position;
  if (position.ended !== undefined || (gate.kind !== "paused" && gate.kind !== "closed")) return rest;
  return gate.since === undefined ? rest : { ...rest, pauseStartTime: timestamp(new Date(gate.since)) };
}

function waitOf(gate: Gate, now: number): number | undefined {
  const at = gate.kind === "paused" ? gate.until : gate.kind === "closed" ? gate.opensAt : undefined;
  return at === undefined ? undefined : Math.max(at - now, 0);
}

function* writesOf(
  waves: readonly (readonly RolloutTarget[])[],
  position: RolloutPosition,
): Generator<void, readonly RolloutWrite[]> {
  const writes: RolloutWrite[] = [];
  for (const [index, targets] of waves.entries()) {
    for (const target of targets) {
      yield;
      writes.push(...writeOf(target, index, position));
    }
  }
  return writes;
}

/** @param index of the target's wave */
function writeOf(
  target: RolloutTarget,
  index: number,
  { id, wave: reached }: RolloutPosition,
): readonly RolloutWrite[] {
  const { variant, wanted, hasWanted } = target;
  if (wanted === undefined || hasWanted) return [];
  const { spec, hash } = wanted;
  const record = { rollout: id, wave: index + 1, spec: hash };
  if (variant === undefined) return index < reached ? [{ target, spec, record }] : [];
  // Changed by hand.
  if (target.record?.spec === hash) return [{ target, spec }];
  if (index < reached) return [{ target, spec, record: { ...record, former: formerSpec(variant) } }];
  return isBound(variant.spec) ? [] : holdUpstream(target);
}

/** A variant that follows its upstream would get the next revision before its wave comes. */
function holdUpstream(target: RolloutTarget): readonly RolloutWrite[] {
  const { spec, status } = target.variant ?? {};
  if (spec === undefined || status?.upstreamRevision === undefined) return [];
  return [{ target, spec: bindUpstream(spec, status.upstreamRevision) }];
}

/** What went out stays, changes by hand apart, or is what was there before. Nobody gets anything else. */
function* writesAfterEnd(
  waves: readonly (readonly RolloutTarget[])[],
  position: RolloutPosition,
): Generator<void, readonly RolloutWrite[]> {
  const writes: RolloutWrite[] = [];
  for (const target of waves.flat()) {
    yield;
    writes.push(...writeAfterEnd(target, position));
  }
  return writes;
}

function writeAfterEnd(target: RolloutTarget, { id, ended }: RolloutPosition): readonly RolloutWrite[] {
  const { variant, wanted, hasWanted } = target;
  if (variant === undefined || target.record?.rollout !== id) return [];
  if (ended === "RolledBack" && target.formerState !== undefined) {
    const record = readRecord(variant);
    const { former, rolledBack } = record ?? {};
    if (record === undefined || former === undefined) return [];
    if (rolledBack !== undefined && isAsWanted(variant.spec, former)) return [];
    const written = { ...record, spec: hashSpec(former), rolledBack: rolledBack ?? record.spec };
    return [{ target, spec: former, record: written }];
  }
  if (wanted === undefined || target.record.spec !== wanted.hash || hasWanted) return [];
  return [{ target, spec: wanted.spec }];
}
