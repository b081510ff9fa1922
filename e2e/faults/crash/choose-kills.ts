import { sha256Hex } from "../../../src/core/identity/hash.ts";
import { type Failpoint, LEAD, OPERATOR, type Passed } from "./failpoints.ts";
import type { Kills } from "./travel.ts";

export interface ChosenKills {
  readonly journeys: readonly Kills[];
  /** In the operator's own work, such as its Lease. */
  readonly own: readonly Failpoint[];
}

/**
 * Distributes kills over a number of journeys, from the failpoints that a journey without kills has passed: every call
 * site, before and after, at least once in some step; then as many further points of each step as there are journeys,
 * by the seed.
 */
export function chooseKills(passed: readonly Passed[], journeys: number, seed: number): ChosenKills {
  const points = distinct(passed.filter(({ journey }) => journey !== OPERATOR)).sort(bySeed(seed));
  const sites = new Set<string>();
  const chosen = new Map<string, Failpoint[]>();
  const choose = (point: Failpoint) => chosen.set(point.step, [...(chosen.get(point.step) ?? []), point]);
  const others = points.filter((point) => {
    const site = `${point.moment} ${point.site}`;
    if (sites.has(site)) return true;
    sites.add(site);
    choose(point);
    return false;
  });
  for (const point of others) if ((chosen.get(point.step)?.length ?? 0) < journeys) choose(point);
  return {
    journeys: Array.from({ length: journeys }, (_, journey) => {
      const mine = (all: readonly Failpoint[]) => all.filter((_point, index) => index % journeys === journey);
      return new Map([...chosen].map(([step, all]) => [step, mine(all)]));
    }),
    own: distinct(passed.filter(({ journey, step }) => journey === OPERATOR && step === LEAD)),
  };
}

/**
 * The same effect in the first step that began it: the end of an effect may be passed when its result has been seen,
 * and the next step has begun.
 */
export function firstOf(passed: readonly Passed[], { site, moment, step }: Failpoint): Failpoint {
  const first = passed.find((one) => one.site === site && one.journey !== OPERATOR);
  return { site, moment, step: first?.step ?? step };
}

/** A selection of points with a distance: one of a step, and none in the steps beside it. */
export function spread(points: readonly Failpoint[], steps: readonly string[]): Kills {
  const chosen = new Map<string, readonly Failpoint[]>();
  for (const point of points) {
    const at = steps.indexOf(point.step);
    const near = [at - 1, at, at + 1].some((index) => chosen.has(steps[index] ?? ""));
    if (!near) chosen.set(point.step, [point]);
  }
  return chosen;
}

function distinct(passed: readonly Passed[]): Failpoint[] {
  const points = passed.map(({ step, site, moment }) => [`${step} ${site} ${moment}`, { step, site, moment }] as const);
  return [...new Map(points).values()];
}

/** An arbitrary order that depends on the seed. */
function bySeed(seed: number): (one: Failpoint, other: Failpoint) => number {
  const rank = ({ step, site, moment }: Failpoint) => sha256Hex(`${seed} ${step} ${site} ${moment}`);
  return (one, other) => (rank(one) < rank(other) ? -1 : 1);
}
