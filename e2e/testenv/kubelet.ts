import { isRunning } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";
import type { TestEnv } from "./env.ts";

/** Starts the operator again whenever it has ended, as Kubernetes does. */
export interface Kubelet {
  /** Number of restarts. */
  restarts(): number;
  /** Stops restarting, after a restart under way has ended. */
  stop(): Promise<void>;
}

export function startKubelet(env: TestEnv): Kubelet {
  let stopped = false;
  let restarts = 0;
  const keep = async (): Promise<void> => {
    while (!stopped) {
      await waitUntil("the operator ends", () => stopped || !isRunning(env.operator.ref), { timeoutMs: 3_600_000 });
      if (isRunning(env.operator.ref)) return;
      // Without an API server the operator is not ready in time, and the restart is repeated.
      await waitUntil("the operator has restarted", () => env.restartOperator("kill").then(() => true), {
        timeoutMs: 180_000,
      });
      restarts += 1;
    }
  };
  const kept = keep();
  // A failure is reported by `stop`.
  kept.catch(() => {});
  return {
    restarts: () => restarts,
    stop: async () => {
      stopped = true;
      await kept;
    },
  };
}
