import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { asPartialMetadata } from "../../src/api/meta.ts";
import { forEachLimited } from "../../src/controllers/shared/for-each.ts";
import {
  packageContents,
  packageRevisions,
  repositories as repositoryKind,
} from "../../src/controllers/shared/kinds.ts";
import { type OperatorProcess, type OperatorSpec, startOperator } from "../harness/operator.ts";
import { imageProgram } from "../harness/operator-program.ts";
import { readMemory } from "../harness/process-memory.ts";
import { waitUntil } from "../harness/wait.ts";
import { readChartLimits } from "../testenv/chart-limits.ts";
import { monitorEventLoop } from "../testenv/loop-watch.ts";
import { countCalls } from "./calls.ts";
import { clock, timed } from "./measure.ts";
import { readMetric } from "./metric.ts";
import { createNamespace } from "./requests.ts";
import {
  registerScale,
  registerScaleFloor,
  requestSyncs,
  type SyncRequests,
  waitUntilChecked,
} from "./scale-requests.ts";
import type { ScaleRepository, Shape } from "./scale-shapes.ts";
import type { System } from "./system.ts";
import { isMet, type Row } from "./table.ts";

/** Longest time that the event loop may stand still. */
const LOOP_MS = 200;
/** Seconds from a start until all is synced, beside what the API server takes to list the objects. */
const RESTART_SECONDS = 10;
/** Syncs by interval of each Repository whose writes are counted. */
const COUNTED_SYNCS = 2;

/**
 * (i, j, k) Many of one thing: its registration, the event loop meanwhile, syncs with nothing new, memory, and a
 * restart until a sync that was requested before has been done in every Repository. The floor of the restart: the lists
 * of all objects, as the operator must read them.
 */
export async function measureScale(system: System, shape: Shape, count: number): Promise<readonly Row[]> {
  const dir = join(system.dir, `scale-${shape.letter}-${count}`);
  await mkdir(dir, { recursive: true });
  const all = await shape.seed(system.git.repositories, count);
  const namespaces = [...new Set(all.map(({ namespace }) => namespace))];
  await forEachLimited(namespaces, 8, async (name) => {
    await createNamespace(system, name);
    await createNamespace(system, `floor-${name}`);
  });
  const limits = { PKGSERVER_LIMIT_REVISIONS: "1000000" };
  const program = await imageProgram();
  const spec: OperatorSpec = { dir, kubeconfig: system.operatorKubeconfig, namespaces, env: limits, program };
  const { memory } = await readChartLimits();
  const row = { scenario: shape.letter } as const;
  const what = shape.what(count);
  const floorSeconds = (await timed(() => registerScaleFloor(system, join(dir, "floor"), all))) / 1000;
  const first = await startOperator(spec);
  const rows: Row[] = [];
  try {
    const loop = await monitorEventLoop(first);
    const seconds = (await timed(() => registerScale(system, shape, all))) / 1000;
    const longest = await loop.longestMs();
    loop.close();
    rows.push(
      {
        ...row,
        what: `register ${what}`,
        unit: "s",
        measured: seconds,
        floor: floorSeconds,
        ratio: seconds / floorSeconds,
      },
      { ...row, what: `longest stretch of the event loop, ${what}`, unit: "ms", ...atMost(longest, LOOP_MS, "ms") },
      await countWrites(system, first, all, row, what),
      { ...row, what: `memory, ${what}`, unit: "MiB", ...atMost(readMemory(first.ref.pid).now, memory, "MiB") },
    );
  } finally {
    await first.stop();
  }
  rows.push(...(await measureRestart(system, spec, all, row, what)));
  return rows;
}

function atMost(measured: number, limit: number, unit: string): Pick<Row, "measured" | "wanted" | "met"> {
  return { measured, wanted: `<= ${limit} ${unit}`, met: isMet(measured <= limit) };
}

/** API writes while every Repository syncs by its interval. */
async function countWrites(
  system: System,
  operator: OperatorProcess,
  all: readonly ScaleRepository[],
  row: Pick<Row, "scenario">,
  what: string,
): Promise<Row> {
  const syncs = () =>
    readMetric(operator.url, "controller_runtime_reconcile_total", (labels) => labels.includes('"repository"'));
  const waitForSyncs = async (rounds: number) => {
    const before = await syncs();
    const options = {
      until: (now: number) => now >= before + rounds * all.length,
      intervalMs: 500,
      timeoutMs: 600_000,
    };
    await waitUntil("every Repository has synced", syncs, options);
  };
  // File checks and the first counts go on after the registration.
  await waitUntilChecked(system, all);
  await waitForSyncs(1);
  const stop = await countCalls(system.clients.admin, operator);
  await waitForSyncs(COUNTED_SYNCS);
  const { writes } = await stop();
  const description = `API writes in ${COUNTED_SYNCS * all.length} syncs by interval, ${what}`;
  return {
    ...row,
    what: description,
    unit: "calls",
    measured: writes,
    floor: 0,
    // The time of its last sync is written once in five minutes: in two syncs at most one of all Repositories.
    wanted: `<= ${all.length}`,
    met: isMet(writes <= all.length),
  };
}

/** How often the event loop was later than it may be, since the start of the operator. */
async function countLateTimers({ url }: OperatorProcess): Promise<number> {
  const name = "pkgserver_event_loop_delay_seconds";
  const inTime = await readMetric(url, `${name}_bucket`, (labels) => labels === `le="${LOOP_MS / 1000}"`);
  return (await readMetric(url, `${name}_count`)) - inTime;
}

/** The operator is stopped: every Repository is asked for a sync, then it is started again. */
async function measureRestart(
  system: System,
  spec: OperatorSpec,
  all: readonly ScaleRepository[],
  row: Pick<Row, "scenario">,
  what: string,
): Promise<readonly Row[]> {
  const floor = (await timed(() => listAll(system, spec.namespaces ?? []))) / 1000;
  const requests: SyncRequests = await requestSyncs(system, all);
  const started = clock();
  const operator = await startOperator(spec);
  try {
    await requests.handled();
    const measured = (clock() - started) / 1000;
    const wanted = `<= lists + ${RESTART_SECONDS} s`;
    const met = isMet(measured <= floor + RESTART_SECONDS);
    const late = await countLateTimers(operator);
    return [
      { ...row, what: `restart until all are synced, ${what}`, unit: "s", measured, floor, wanted, met },
      {
        ...row,
        what: `event loop late by more than ${LOOP_MS} ms, restart, ${what}`,
        unit: "times",
        measured: late,
        wanted: "0",
        met: isMet(late === 0),
      },
    ];
  } finally {
    requests.close();
    await operator.stop();
  }
}

async function listAll({ clients: { operator } }: System, namespaces: readonly string[]): Promise<void> {
  await forEachLimited(namespaces, 8, async (namespace) => {
    await Promise.all([
      operator.list(repositoryKind, { namespace }),
      operator.list(packageRevisions, { namespace }),
      operator.list(asPartialMetadata(packageContents), { namespace }),
    ]);
  });
}
