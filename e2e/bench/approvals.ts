import { median } from "./measure.ts";
import { isMet, type Row } from "./table.ts";
import type { World } from "./world.ts";

const SINGLES = 6;
const LIMIT = 10;

/**
 * (d) Many approvals at once in one repository, until the last is published, in units of single publications in the same
 * world: half of those before, half after. The floor: all approvals at once, one push, all other writes at once.
 */
export async function measureApprovals({ measured, floor }: World, count: number): Promise<readonly Row[]> {
  const sides = [measured, floor].map(({ journey, pushes: log }) => ({
    journey,
    log,
    singles: [] as number[],
    all: 0,
    toRef: 0,
    pushes: 0,
  }));
  const single = async (index: number) => {
    for (const { journey, singles } of sides) {
      const name = `single-${count}-${index}`;
      await journey.create([name]);
      await journey.propose([name]);
      singles.push((await journey.approve([name])).toStatus);
    }
  };
  for (let index = 0; index < SINGLES / 2; index++) await single(index);
  const names = Array.from({ length: count }, (_, at) => `waiting-${count}-${at}`);
  for (const side of sides) {
    await side.journey.create(names);
    await side.journey.propose(names);
    const before = side.log.pushes;
    const { toRef, toStatus } = await side.journey.approve(names);
    Object.assign(side, { all: toStatus, toRef, pushes: side.log.pushes - before });
  }
  for (let index = SINGLES / 2; index < SINGLES; index++) await single(index);
  const [ours, its] = sides.map(({ singles, all, toRef, pushes }) => ({
    all,
    toRef,
    pushes,
    units: all / median(singles),
  }));
  if (ours === undefined || its === undefined) return [];
  const row = { scenario: "d" } as const;
  const ratio = ours.all / its.all;
  return [
    {
      ...row,
      what: `${count} approvals, to the last ref`,
      unit: "s",
      measured: ours.toRef / 1000,
      floor: its.toRef / 1000,
      ratio: ours.toRef / its.toRef,
    },
    { ...row, what: `${count} approvals, pushes`, unit: "calls", measured: ours.pushes, floor: its.pushes },
    {
      ...row,
      what: `${count} approvals, to status`,
      unit: "s",
      measured: ours.all / 1000,
      floor: its.all / 1000,
      ratio,
    },
    {
      ...row,
      what: `${count} approvals, in single publications`,
      unit: "singles",
      measured: ours.units,
      floor: its.units,
      wanted: `< ${LIMIT}`,
      met: isMet(ours.units < LIMIT),
    },
  ];
}
