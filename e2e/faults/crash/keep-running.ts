import { join } from "node:path";
import { isRunning } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import { createApiClient } from "../../testenv/api-client.ts";
import { killChildren } from "../../testenv/git-children.ts";
import type { TestEnv } from "../../testenv/testenv.ts";
import type { FailpointFolder } from "./failpoints.ts";

/** Maximum time from one kill to the next. */
const PATIENCE_MS = 300_000;

/**
 * Restarts the operator whenever it has killed itself, as Kubernetes would, until `isOver`. Every other time its git
 * processes are killed too, as when the machine fails; otherwise they continue, and their pushes arrive late. Throws
 * if it ended otherwise.
 */
export async function keepRunning(env: TestEnv, folder: FailpointFolder, isOver: () => boolean): Promise<void> {
  let seen = folder.hits().length;
  const requestAs = await createApiClient(env.controlPlane);
  const { dir, leaseNamespace } = env.operatorSpec;
  for (;;) {
    await waitUntil("the operator is killed", () => isOver() || !isRunning(env.operator.ref), {
      timeoutMs: PATIENCE_MS,
      intervalMs: 20,
    });
    if (isOver()) return;
    for (let started = false; !started; ) {
      const kills = folder.hits().length;
      if (kills === seen) throw new Error("the operator ended, and no failpoint killed it: see its log");
      seen = kills;
      if (kills % 2 === 1) await killChildren(join(dir, "operator-data"));
      // As if its Lease had expired.
      await requestAs("admin", "delete", `coordination.k8s.io/v1/namespaces/${leaseNamespace}/leases/pkgserver`);
      started = await env.restartOperator("kill").then(
        () => true,
        (error: unknown) => {
          // Killed while it started.
          if (folder.hits().length > seen) return false;
          throw error;
        },
      );
    }
  }
}
