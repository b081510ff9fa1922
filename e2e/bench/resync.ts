import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { repositories } from "../../src/controllers/shared/kinds.ts";
import { waitUntil } from "../harness/wait.ts";
import { countCalls } from "./calls.ts";
import { alternate, clock, timed } from "./measure.ts";
import { Observer } from "./observer.ts";
import { DEPLOYMENTS } from "./package.ts";
import { readMetric } from "./process-stats.ts";
import { compare, isMet, type Row } from "./table.ts";
import type { BenchEnv } from "./testenv.ts";

const SAMPLES = 10;
const COUNTED_SYNCS = 3;

/**
 * (b) A sync that finds nothing new: how long it takes when asked for (its one write says that it was done), and what
 * it writes when the interval does it: nothing. The floor: one `git ls-remote` and one status patch.
 */
export async function measureResync(env: BenchEnv): Promise<readonly Row[]> {
  const { measured, floor, system, held } = env;
  const seen = await Observer.start(system.clients.admin, repositories, measured.namespace);
  const stop = await countCalls(system.clients.admin, env.operator);
  const samples = await alternate(
    SAMPLES,
    async () => {
      const began = clock();
      return (await syncNow(seen, await measured.users.askForSync(DEPLOYMENTS))) - began;
    },
    async () => await timed(async () => await floor.sync.resync(floor.git, await floor.users.askForSync(DEPLOYMENTS))),
  );
  const { reconciles } = await stop();
  const { writes, pushes } = await countQuietSyncs(env, seen);
  seen.close();
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

/** When the deployment repository's status says that a sync that was asked for is done. */
export async function syncNow(seen: Observer<Repository>, asked: string): Promise<number> {
  return await seen.waitFor(DEPLOYMENTS, "synced", (one) => one.status?.lastHandledSyncRequest === asked);
}

/** Sets another interval, and waits until the operator goes by it. */
export async function setInterval(env: BenchEnv, seen: Observer<Repository>, interval: string): Promise<void> {
  const { metadata } = await env.measured.users.setInterval(DEPLOYMENTS, interval);
  const until = ({ status }: Repository) => status?.observedGeneration === metadata.generation;
  await seen.waitFor(DEPLOYMENTS, "at its new interval", until);
}

async function countQuietSyncs(
  env: BenchEnv,
  seen: Observer<Repository>,
): Promise<{ readonly writes: number; readonly pushes: number }> {
  const { operator, measured, system } = env;
  await setInterval(env, seen, "1s");
  const syncs = () => readMetric(operator.url, "controller_runtime_reconcile_total", isOfRepository);
  const [began, before] = [await syncs(), measured.pushes.pushes];
  const stop = await countCalls(system.clients.admin, operator);
  await waitUntil("the interval has passed a few times", syncs, {
    until: (count) => count >= began + COUNTED_SYNCS,
    intervalMs: 200,
  });
  const { writes } = await stop();
  await setInterval(env, seen, "1h");
  return { writes, pushes: measured.pushes.pushes - before };
}

const isOfRepository = (labels: string) => labels.includes('controller="repository"');
