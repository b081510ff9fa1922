import { Worker } from "node:worker_threads";
import type { LogLevel } from "../../runtime/log.ts";
import type { LeaseConnection } from "./lease-messages.ts";
import type { LeaseSettings } from "./serve-lease.ts";

/** What `workers/lease.ts` gets as its `workerData`. */
export interface LeaseWorkerData extends LeaseSettings {
  readonly memory: SharedArrayBuffer;
  readonly logLevel: LogLevel;
}

/**
 * Starts the thread of the Lease. If it ends by itself, it reports that the Lease is lost: nothing renews it then.
 * @param url of `workers/lease.ts`
 */
export function startLeaseWorker(url: URL, data: LeaseWorkerData): LeaseConnection {
  const worker = new Worker(url, { workerData: data });
  // A program that fails to start must end.
  worker.unref();
  let isClosed = false;
  return {
    post: (request) => worker.postMessage(request),
    onMessage: (handler) => {
      worker.on("message", handler);
      worker.on("error", (error) => handler({ kind: "error", error }));
      worker.on("exit", () => {
        if (!isClosed) handler({ kind: "lost" });
      });
    },
    close: () => {
      isClosed = true;
      void worker.terminate();
    },
  };
}
