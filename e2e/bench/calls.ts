import type { KubeObject, Resource } from "../../src/api/meta.ts";
import type { KubeClient } from "../../src/kube/client/client.ts";
import type { OperatorProcess } from "../harness/operator.ts";
import { readMetric } from "./metric.ts";
import { Observer } from "./observer.ts";

const LEASES: Resource<KubeObject> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};

/** Work of the operator. Unlike times, it does not depend on the load of the machine. */
export interface Calls {
  /** Writing requests to the API server, including Events, without renewals of its Lease. */
  readonly writes: number;
  /** Reconciles of package revisions. */
  readonly reconciles: number;
}

/** Starts counting; the returned function stops it and returns the counts. */
export async function countCalls(client: KubeClient, operator: OperatorProcess): Promise<() => Promise<Calls>> {
  const renewals = await Observer.start(client, LEASES, "pkgserver-system");
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
