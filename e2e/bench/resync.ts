import type { Repository } from "../../src/api/repository.ts";
import { repositories } from "../../src/controllers/kinds.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import type { KubeObject, Resource } from "../../src/kube/resource.ts";
import { waitUntil } from "../harness/wait.ts";
import { alternate, clock, timed } from "./measure.ts";
import { Observer } from "./observer.ts";
import { DEPLOYMENTS } from "./package.ts";
import { readMetric } from "./process-stats.ts";
import { compare, type Row } from "./table.ts";
import type { World } from "./world.ts";

const SAMPLES = 10;
const COUNTED_SYNCS = 3;

const leases: Resource<KubeObject> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};

/**
 * (b) A sync that finds nothing new: how long it takes when asked for (its one write says that it was done), and what it
 * writes when the interval does it: nothing. The floor: one `git ls-remote` and one status patch.
 */
export async function measureResync(world: World): Promise<readonly Row[]> {
  const { measured, floor, system, held } = world;
  const seen = await Observer.start(system.clients.admin, repositories, measured.namespace);
  const samples = await alternate(
    SAMPLES,
    async () => {
      const began = clock();
      return (await syncNow(seen, await measured.users.askForSync(DEPLOYMENTS))) - began;
    },
    async () => await timed(async () => await floor.sync.resync(floor.git, await floor.users.askForSync(DEPLOYMENTS))),
  );
  const { writes, commits } = await countQuietSyncs(world, seen);
  seen.close();
  const none = { scenario: "b", unit: "writes", floor: 0, wanted: "0" } as const;
  return [
    compare({ scenario: "b", what: `sync with nothing new, ${held} held`, unit: "ms" }, samples, 1.5),
    { ...none, what: `API writes in ${COUNTED_SYNCS} such syncs by interval`, measured: writes, met: writes === 0 },
    { ...none, what: `pushes in ${COUNTED_SYNCS} such syncs by interval`, measured: commits, met: commits === 0 },
  ];
}

/** When the deployment repository's status says that a sync that was asked for is done. */
export async function syncNow(seen: Observer<Repository>, asked: string): Promise<number> {
  return await seen.waitFor(DEPLOYMENTS, "synced", (one) => one.status?.lastHandledSyncRequest === asked);
}

/** Sets another interval, and waits until the operator goes by it. */
export async function setInterval(world: World, seen: Observer<Repository>, interval: string): Promise<void> {
  const { metadata } = await world.measured.users.setInterval(DEPLOYMENTS, interval);
  const until = ({ status }: Repository) => status?.observedGeneration === metadata.generation;
  await seen.waitFor(DEPLOYMENTS, "at its new interval", until);
}

async function countQuietSyncs(
  world: World,
  seen: Observer<Repository>,
): Promise<{ readonly writes: number; readonly commits: number }> {
  const { operator, measured, system } = world;
  await setInterval(world, seen, "1s");
  const renewals = await countRenewals(system.clients.admin);
  const syncs = () => readMetric(operator.url, "controller_runtime_reconcile_total", isOfRepository);
  const [began, pushes, before] = [await syncs(), measured.pushes.pushes, await countWrites(operator.url)];
  const first = renewals();
  await waitUntil("the interval has passed a few times", syncs, {
    until: (count) => count >= began + COUNTED_SYNCS,
    intervalMs: 200,
  });
  const writes = (await countWrites(operator.url)) - before - (renewals() - first);
  renewals.close();
  await setInterval(world, seen, "1h");
  return { writes, commits: measured.pushes.pushes - pushes };
}

const isOfRepository = (labels: string) => labels.includes('controller="repository"');

async function countWrites(url: string): Promise<number> {
  return await readMetric(url, "rest_client_requests_total", (labels) => !labels.includes('method="GET"'));
}

/** How often the operator's Lease was written, which is no write of the sync. */
async function countRenewals(client: KubeClient): Promise<{ (): number; close(): void }> {
  const versions = new Set<string>();
  const observer = await Observer.start(client, leases, "pkgserver-system");
  // It is never satisfied: it looks at every version.
  observer
    .waitForCount(Number.POSITIVE_INFINITY, "counted", ({ metadata }) => {
      versions.add(metadata.resourceVersion ?? "");
      return false;
    })
    .catch(() => undefined);
  return Object.assign(() => versions.size, { close: () => observer.close() });
}
