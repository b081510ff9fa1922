import { waitUntil } from "../harness/wait.ts";
import { holdNextPush } from "../testenv/held-pushes.ts";
import type { Journey } from "./journey.ts";
import { clock, median } from "./measure.ts";
import { readMetric } from "./metric.ts";
import { isMet, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

const SINGLES = 8;
/** Single publications that the waiting approvals may take at most. */
const MAX_SINGLES = 10;

/** Milliseconds to the last ref and to the last status, and the number of pushes. */
interface Publication {
  readonly toRef: number;
  readonly toStatus: number;
  readonly pushes: number;
}

/**
 * (d) Many approvals in one repository until the last is published, in units of single publications in the same
 * environment, half of them before and half after. First, waiting approvals: a push that the git server holds keeps the
 * repository busy until the operator has all approvals, and the time starts when the push is released. Then approvals
 * at once: the time starts with the first user's request. The floor: one push for all, and all other writes in
 * parallel.
 */
export async function measureApprovals(env: BenchEnv, count: number): Promise<readonly Row[]> {
  const { measured, floor } = env;
  const singles = { measured: [] as number[], floor: [] as number[] };
  const single = async (index: number) => {
    const name = [`single-${count}-${index}`];
    for (const side of ["measured", "floor"] as const) {
      const { journey } = env[side];
      await prepare(journey, name);
      singles[side].push((await journey.approve(name)).toStatus);
    }
  };
  for (let index = 0; index < SINGLES / 2; index++) await single(index);
  const waiting = {
    measured: await publishWaiting(env, namesOf("waiting", count)),
    floor: await publish(floor, namesOf("waiting", count), "requested"),
  };
  const atOnce = {
    measured: await publish(measured, namesOf("at-once", count), "started"),
    floor: await publish(floor, namesOf("at-once", count), "started"),
  };
  for (let index = SINGLES / 2; index < SINGLES; index++) await single(index);
  const units = { measured: median(singles.measured), floor: median(singles.floor) };
  const [waitingName, atOnceName] = [`${count} approvals that wait`, `${count} approvals at once`];
  const inSingles = waiting.measured.toStatus / units.measured;
  return [
    ...describe(waitingName, waiting),
    {
      scenario: "d",
      what: `${waitingName}, in single publications`,
      unit: "singles",
      measured: inSingles,
      floor: waiting.floor.toStatus / units.floor,
      wanted: `< ${MAX_SINGLES}`,
      met: isMet(inSingles < MAX_SINGLES),
    },
    ...describe(atOnceName, atOnce),
  ];
}

function namesOf(what: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `${what}-${count}-${at}`);
}

async function prepare(journey: Journey, names: readonly string[]): Promise<void> {
  await journey.create(names);
  await journey.propose(names);
}

/** `from`: the time starts with the first user's request, or after the last one. */
async function publish(
  { journey, pushes }: BenchEnv["measured" | "floor"],
  names: readonly string[],
  from: "started" | "requested",
): Promise<Publication> {
  await prepare(journey, names);
  const before = pushes.pushes;
  let requested = 0;
  const { started, toRef, toStatus } = await journey.approve(names, async () => {
    requested = clock();
  });
  const offset = from === "requested" ? requested - started : 0;
  return { toRef: toRef - offset, toStatus: toStatus - offset, pushes: pushes.pushes - before };
}

async function publishWaiting(
  { system, operator, measured }: BenchEnv,
  names: readonly string[],
): Promise<Publication> {
  const { journey, pushes, repository } = measured;
  const { repositories } = system.git;
  await prepare(journey, names);
  const before = pushes.pushes;
  const hold = await holdNextPush(repositories, repository, "before");
  let released = 0;
  const { started, toRef, toStatus } = await journey.approve(names, async () => {
    await hold.reached();
    const activeWorkers = () =>
      readMetric(operator.url, "controller_runtime_active_workers", (labels) => labels.includes("packagerevision"));
    await waitUntil("the operator has all approvals", activeWorkers, {
      until: (count) => count >= names.length,
      intervalMs: 20,
    });
    released = clock();
    await hold.release();
  });
  await repositories.setHooks(repository, { preReceive: null });
  const offset = released - started;
  return { toRef: toRef - offset, toStatus: toStatus - offset, pushes: pushes.pushes - before };
}

function describe(
  what: string,
  { measured, floor }: { readonly measured: Publication; readonly floor: Publication },
): readonly Row[] {
  const seconds = (end: "toRef" | "toStatus"): Pick<Row, "unit" | "measured" | "floor" | "ratio"> => ({
    unit: "s",
    measured: measured[end] / 1000,
    floor: floor[end] / 1000,
    ratio: measured[end] / floor[end],
  });
  return [
    { scenario: "d", what: `${what}, to the last ref`, ...seconds("toRef") },
    { scenario: "d", what: `${what}, to status`, ...seconds("toStatus") },
    { scenario: "d", what: `${what}, pushes`, unit: "calls", measured: measured.pushes, floor: floor.pushes },
  ];
}
