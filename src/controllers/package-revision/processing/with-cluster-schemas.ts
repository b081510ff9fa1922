import type { ProcessCall, ProcessResult } from "../../../core/processing/process-package.ts";
import type { ClusterSchemas } from "../../../kube/openapi/cluster-schemas.ts";
import type { WorkerProcess } from "../../../runtime/worker-process.ts";

type Worker = Pick<WorkerProcess<ProcessCall, ProcessResult>, "call">;

/**
 * A worker that processes packages a second time with the schemas of the cluster, where these have kinds that are no
 * built-in ones. Which kinds a package has shows only when it was rendered.
 */
export function withClusterSchemas(worker: Worker, schemas: Pick<ClusterSchemas, "documents">): Worker {
  return {
    call: async (call, signal) => {
      const first = await worker.call(call, signal);
      const groups = first.validation?.unknownGroups ?? [];
      if (groups.length === 0) return first;
      const { documents, version } = await schemas.documents(groups);
      if (documents.length === 0) return first;
      const { validation, ...second } = await worker.call({ ...call, documents }, signal);
      if (validation === undefined) return second;
      // What was looked for, found or not: it may come, change or go.
      return { ...second, validation: { ...validation, unknownGroups: groups, schemas: version } };
    },
  };
}
