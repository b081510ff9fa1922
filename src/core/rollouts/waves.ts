import type { RolloutStep } from "../../api/v1alpha1/rollout.ts";
import { isSelected } from "../identity/label-selector.ts";

/** What steps are divided by. */
export interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The waves of a rollout, one a step, in the order of the targets. A target is in the first step that takes it; those
 * that no step takes are in the last one.
 */
export function divideIntoWaves<T extends Labelled>(
  steps: readonly RolloutStep[],
  targets: readonly T[],
): readonly (readonly T[])[] {
  let left = targets;
  return steps.map((step, index) => {
    const taken = index === steps.length - 1 ? left : takenBy(step, left, targets.length);
    const members = new Set(taken);
    left = left.filter((one) => !members.has(one));
    return taken;
  });
}

function takenBy<T extends Labelled>(
  { selector, count, percent = 0 }: RolloutStep,
  left: readonly T[],
  all: number,
): readonly T[] {
  if (selector !== undefined) return left.filter(({ labels }) => isSelected(selector, labels));
  return left.slice(0, count ?? Math.ceil((percent * all) / 100));
}

/** How many of the targets of a step may fail. */
export function failureLimit({ maxFailures = 0, maxFailurePercent = 0 }: RolloutStep, targets: number): number {
  return Math.max(maxFailures, Math.floor((maxFailurePercent * targets) / 100));
}
