import { countCalls } from "./calls.ts";
import { type Journey, STEPS, type Timing } from "./journey.ts";
import { alternate, median, type Pair } from "./measure.ts";
import { compare, isMet, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

type Step = (typeof STEPS)[number];

const PEERS: Partial<Record<Step, string>> = {
  create:
    "0/100/500 held: Porch CR 143/828/4846, Postgres 13/13/23 and v1alpha2 -/347/329 not in Git; pkgserver 130/169/322",
  approve:
    "0/100/500 held, to ref: Porch CR 122/235/760, Postgres 78/92/178, v1alpha2 -/122/217; pkgserver 192/317/610",
};
/** Of the floor, for one package's four steps: see `FloorJourney`. */
const WRITES = 9;
const PUSHES = 4;
/** How much slower a step may be than with the fewest held, beside what the floor is slower. */
const FLAT = 1.25;

/** Of each step, the milliseconds to status at one number held. */
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
  const travel = async (journey: Journey, name: string): Promise<ReadonlyMap<Step, Timing>> => {
    const timings = new Map<Step, Timing>();
    for (const step of STEPS) timings.set(step, await journey[step]([name]));
    return timings;
  };
  // The first ones pay for what is loaded and connected only once.
  for (const { journey } of [measured, floor]) await travel(journey, "warm-up");
  const stop = await countCalls(env.system.clients.admin, env.operator);
  const pushed = measured.pushes.pushes;
  const all = await alternate(
    samples,
    (index) => travel(measured.journey, `one-${index}`),
    (index) => travel(floor.journey, `one-${index}`),
  );
  const writes = (await stop()).writes / samples;
  const pushes = (measured.pushes.pushes - pushed) / samples;
  const pick = (step: Step, end: "toRef" | "toStatus"): Pair => ({
    measured: all.measured.flatMap((one) => one.get(step)?.[end] ?? []),
    floor: all.floor.flatMap((one) => one.get(step)?.[end] ?? []),
  });
  const rows = STEPS.flatMap((step) => {
    const row = { scenario: "c", unit: "ms" } as const;
    const peers = PEERS[step];
    return [
      compare({ ...row, what: `${step}, to ref, ${held} held`, ...(peers && { peers }) }, pick(step, "toRef"), 1.5),
      compare({ ...row, what: `${step}, to status, ${held} held` }, pick(step, "toStatus"), 1.5),
    ];
  });
  const counted = { scenario: "c", unit: "calls" } as const;
  const counts: readonly Row[] = [
    { ...counted, what: `API writes, create to published, ${held} held`, measured: writes, ...beside(writes, WRITES) },
    { ...counted, what: `pushes, create to published, ${held} held`, measured: pushes, ...beside(pushes, PUSHES) },
  ];
  return { rows: [...rows, ...counts], toStatus: new Map(STEPS.map((step) => [step, pick(step, "toStatus")])) };
}

function beside(measured: number, floor: number): Pick<Row, "floor" | "ratio"> {
  return { floor, ratio: measured / floor };
}

/** Whether steps take as long with the most held as with the fewest, but for what the floor takes longer. */
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
    const judged = { wanted: `<= ${FLAT} x floor's`, met: isMet(ratio <= FLAT * floor) };
    return [{ scenario: "c", what, unit: "times", measured: ratio, floor, ratio: ratio / floor, ...judged }];
  });
}
