import { join } from "node:path";
import type { ControlPlaneAccess } from "./control-plane.ts";
import { layoutOf } from "./control-plane-programs.ts";
import { createGuard } from "./guard.ts";
import { endProcess, launchProcess, type ProcessRef } from "./processes.ts";

/** A running kube-controller-manager: it ends namespaces, collects garbage, and fills in aggregated roles. */
export interface ControllerManager {
  readonly ref: ProcessRef;
  /** Lets it outlive this process. Until then it ends with it. */
  detach(): void;
  stop(): Promise<void>;
}

/** Others would create Pods, which no kubelet runs. */
const CONTROLLERS = ["namespace-controller", "garbage-collector-controller", "clusterrole-aggregation-controller"];

/** Starts it as the cluster's administrator. It waits for the API server, also when that is restarted. */
export async function startControllerManager(
  program: string,
  controlPlane: Pick<ControlPlaneAccess, "dir" | "kubeconfigs">,
): Promise<ControllerManager> {
  const { ref } = await launchProcess({
    command: program,
    args: [
      `--kubeconfig=${controlPlane.kubeconfigs.admin}`,
      `--controllers=${CONTROLLERS.join(",")}`,
      "--leader-elect=false",
      // As in any cluster: the admission policies know the garbage collector by its ServiceAccount.
      "--use-service-account-credentials=true",
      // It serves nothing.
      "--secure-port=0",
    ],
    logFile: join(layoutOf(controlPlane.dir).logDir, "kube-controller-manager.log"),
  });
  const guard = createGuard();
  guard.watch(ref);
  const release = (): void => {
    guard.release(ref);
    guard.close();
  };
  return {
    ref,
    detach: release,
    stop: async () => {
      await endProcess(ref);
      release();
    },
  };
}
