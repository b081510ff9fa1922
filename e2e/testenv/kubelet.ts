import { isRunning } from "../harness/processes.ts";
import { waitUntil } from "../harness/wait.ts";
import type { TestEnv } from "./env.ts";

/** Starts the operator again whenever it has ended, as Kubernetes does. */
export interface Kubelet {
  /** How often it was started again. */
  restarts(): number;
  /** From now on it stays as it is. Waits until one that ended is there again. */
  stop(): Promise<void>;
}

export function startKubelet(env: TestEnv): Kubelet {
  let stopped = false;
  let restarts = 0;
  const keep = async (): Promise<void> => {
    while (!stopped) {
      await waitUntil("the operator ends", () => stopped || !isRunning(env.operator.ref), { timeoutMs: 3_600_000 });
      if (isRunning(env.operator.ref)) return;
      // Without an API server it is not ready in time, and started once more.
      await waitUntil("the operator is there again", () => env.restartOperator("kill").then(() => true), {
        timeoutMs: 180_000,
      });
      restarts += 1;
    }
  };
  const kept = keep();
  // Whoever stops it hears of the failure.
  kept.catch(() => {});
  return {
    restarts: () => restarts,
    stop: async () => {
      stopped = true;
      await kept;
    },
  };
}
