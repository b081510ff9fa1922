import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { repositories } from "../../src/controllers/shared/kinds.ts";
import { waitUntil } from "../harness/wait.ts";
import { countCalls } from "./calls.ts";
import { alternate, clock, timed } from "./measure.ts";
import { readMetric } from "./metric.ts";
import { Observer } from "./observer.ts";
import { DEPLOYMENTS } from "./package.ts";
import { compare, isMet, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

const SAMPLES = 10;
const COUNTED_SYNCS = 3;

/**
 * (b) A sync that finds nothing new: its time if it is requested (its one write is the acknowledgement), and its writes
 * if the interval starts it: none. The floor: one `git ls-remote` and one status patch.
 */
export async function measureResync(env: BenchEnv): Promise<readonly Row[]> {
  const { measured, floor, system, held } = env;
  const observer = await Observer.start(system.clients.admin, repositories, measured.namespace);
  const stop = await countCalls(system.clients.admin, env.operator);
  const samples = await alternate(
    SAMPLES,
    async () => {
      const started = clock();
      return (await syncNow(observer, await measured.users.requestSync(DEPLOYMENTS))) - started;
    },
    async () => await timed(async () => await floor.sync.resync(floor.git, await floor.users.requestSync(DEPLOYMENTS))),
  );
  const { reconciles } = await stop();
  const { writes, pushes } = await countQuietSyncs(env, observer);
  observer.close();
  const none = { scenario: "b", unit: "calls", floor: 0, wanted: "0" } as const;
  const during = `in ${COUNTED_SYNCS} syncs by interval with nothing new`;
  return [
    compare({ scenario: "b", what: `sync with nothing new, ${held} held`, unit: "ms" }, samples, 1.5),
    {
      scenario: "b",
      what: `package revisions reconciled a sync, ${held} held`,
      unit: "calls",
      measured: reconciles / SAMPLES,
      floor: 0,
    },
    { ...none, what: `API writes ${during}`, measured: writes, met: isMet(writes === 0) },
    { ...none, what: `pushes ${during}`, measured: pushes, met: isMet(pushes === 0) },
  ];
}

/** Time at which the deployment repository's status acknowledges a sync request. */
export async function syncNow(observer: Observer<Repository>, request: string): Promise<number> {
  return await observer.waitFor(DEPLOYMENTS, "synced", (one) => one.status?.lastHandledSyncRequest === request);
}

/** Sets another interval, and waits until the operator uses it. */
export async function setInterval(env: BenchEnv, observer: Observer<Repository>, interval: string): Promise<void> {
  const { metadata } = await env.measured.users.setInterval(DEPLOYMENTS, interval);
  const until = ({ status }: Repository) => status?.observedGeneration === metadata.generation;
  await observer.waitFor(DEPLOYMENTS, "at its new interval", until);
}

async function countQuietSyncs(
  env: BenchEnv,
  observer: Observer<Repository>,
): Promise<{ readonly writes: number; readonly pushes: number }> {
  const { operator, measured, system } = env;
  await setInterval(env, observer, "1s");
  const syncs = () => readMetric(operator.url, "controller_runtime_reconcile_total", isOfRepository);
  const [syncsBefore, pushesBefore] = [await syncs(), measured.pushes.pushes];
  const stop = await countCalls(system.clients.admin, operator);
  await waitUntil("the interval has passed a few times", syncs, {
    until: (count) => count >= syncsBefore + COUNTED_SYNCS,
    intervalMs: 200,
  });
  const { writes } = await stop();
  await setInterval(env, observer, "1h");
  return { writes, pushes: measured.pushes.pushes - pushesBefore };
}

const isOfRepository = (labels: string) => labels.includes('controller="repository"');
