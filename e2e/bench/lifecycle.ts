import { countCalls } from "./calls.ts";
import { type Journey, STEPS, type Timing } from "./journey.ts";
import { alternate, median, type Pair } from "./measure.ts";
import { compare, isMet, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

type Step = (typeof STEPS)[number];

/** Writes and pushes of the floor for the four steps of one package: see `FloorJourney`. */
const FLOOR_WRITES = 9;
const FLOOR_PUSHES = 4;
/** Largest growth of a step from the fewest to the most held revisions, relative to the growth of the floor. */
const MAX_GROWTH = 1.25;

/** Milliseconds to status of each step, with one number of held revisions. */
export type ToStatus = ReadonlyMap<Step, Pair>;

/**
 * (c) The steps of one package, each to the ref on the remote and to status, one package after the other. The floor:
 * see `FloorJourney`.
 */
export async function measureLifecycle(
  env: BenchEnv,
  samples: number,
): Promise<{ readonly rows: readonly Row[]; readonly toStatus: ToStatus }> {
  const { measured, floor, held } = env;
  const measureSteps = async (journey: Journey, name: string): Promise<ReadonlyMap<Step, Timing>> => {
    const timings = new Map<Step, Timing>();
    for (const step of STEPS) timings.set(step, await journey[step]([name]));
    return timings;
  };
  // The first packages also pay for loading and connecting.
  for (const { journey } of [measured, floor]) await measureSteps(journey, "warm-up");
  const stop = await countCalls(env.system.clients.admin, env.operator);
  const pushed = measured.pushes.pushes;
  const all = await alternate(
    samples,
    (index) => measureSteps(measured.journey, `one-${index}`),
    (index) => measureSteps(floor.journey, `one-${index}`),
  );
  const writes = (await stop()).writes / samples;
  const pushes = (measured.pushes.pushes - pushed) / samples;
  const pick = (step: Step, end: "toRef" | "toStatus"): Pair => ({
    measured: all.measured.flatMap((one) => one.get(step)?.[end] ?? []),
    floor: all.floor.flatMap((one) => one.get(step)?.[end] ?? []),
  });
  const rows = STEPS.flatMap((step) => {
    const row = { scenario: "c", unit: "ms" } as const;
    return [
      compare({ ...row, what: `${step}, to ref, ${held} held` }, pick(step, "toRef"), 1.5),
      compare({ ...row, what: `${step}, to status, ${held} held` }, pick(step, "toStatus"), 1.5),
    ];
  });
  const counted = { scenario: "c", unit: "calls" } as const;
  const counts: readonly Row[] = [
    {
      ...counted,
      what: `API writes, create to published, ${held} held`,
      measured: writes,
      ...againstFloor(writes, FLOOR_WRITES),
    },
    {
      ...counted,
      what: `pushes, create to published, ${held} held`,
      measured: pushes,
      ...againstFloor(pushes, FLOOR_PUSHES),
    },
  ];
  return { rows: [...rows, ...counts], toStatus: new Map(STEPS.map((step) => [step, pick(step, "toStatus")])) };
}

function againstFloor(measured: number, floor: number): Pick<Row, "floor" | "ratio"> {
  return { floor, ratio: measured / floor };
}

/** Growth of each step from the fewest to the most held revisions, compared with the growth of the floor. */
export function describeGrowth(envs: ReadonlyMap<number, ToStatus>): readonly Row[] {
  const sizes = [...envs.keys()].sort((a, b) => a - b);
  const [least, most] = [sizes[0], sizes.at(-1)];
  if (least === undefined || most === undefined || least === most) return [];
  return STEPS.flatMap((step): readonly Row[] => {
    const [few, many] = [envs.get(least)?.get(step), envs.get(most)?.get(step)];
    if (few === undefined || many === undefined) return [];
    const ratio = median(many.measured) / median(few.measured);
    const floor = median(many.floor) / median(few.floor);
    const what = `${step}, to status, ${most} held : ${least} held`;
    const limit = { wanted: `<= ${MAX_GROWTH} x floor's`, met: isMet(ratio <= MAX_GROWTH * floor) };
    return [{ scenario: "c", what, unit: "times", measured: ratio, floor, ratio: ratio / floor, ...limit }];
  });
}
