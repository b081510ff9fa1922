import type { KubeObject, Resource } from "../../src/api/meta.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import type { OperatorProcess } from "../harness/operator.ts";
import { Observer } from "./observer.ts";
import { readMetric } from "./process-stats.ts";

const leases: Resource<KubeObject> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};

/** What the operator did for a piece of work; unlike times it is the same on a busy machine. */
export interface Calls {
  /** Requests to the API server that change something, Events among them; its Lease is left out. */
  readonly writes: number;
  /** Reconciles of package revisions. */
  readonly reconciles: number;
}

/** Counts from now on; `stop` says how many there were. */
export async function countCalls(client: KubeClient, operator: OperatorProcess): Promise<() => Promise<Calls>> {
  const renewals = await Observer.start(client, leases, "pkgserver-system");
  const before = await read(operator.url);
  return async () => {
    const after = await read(operator.url);
    const renewed = renewals.events;
    renewals.close();
    return { writes: after.writes - before.writes - renewed, reconciles: after.reconciles - before.reconciles };
  };
}

async function read(url: string): Promise<Calls> {
  const isWrite = (labels: string) => !labels.includes('method="GET"');
  const isRevision = (labels: string) => labels.includes('controller="packagerevision"');
  return {
    writes: await readMetric(url, "rest_client_requests_total", isWrite),
    reconciles: await readMetric(url, "controller_runtime_reconcile_total", isRevision),
  };
}
