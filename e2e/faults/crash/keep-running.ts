import { join } from "node:path";
import { ALLOWED_SIGNERS } from "../../../src/controllers/signing/signing-keys.ts";
import { isRunning } from "../../harness/processes.ts";
import { waitUntil } from "../../harness/wait.ts";
import { createApiClient } from "../../testenv/api-client.ts";
import { killChildren } from "../../testenv/git-children.ts";
import { readSigners } from "../../testenv/signers.ts";
import type { TestEnv } from "../../testenv/testenv.ts";
import { type FailpointFolder, OPERATOR, sameFailpoint } from "./failpoints.ts";

/** Maximum time from one kill to the next. */
const PATIENCE_MS = 300_000;

/**
 * Restarts the operator whenever it has killed itself, as Kubernetes would, until `isOver`. Every other time its git
 * processes are killed too, as when the machine fails; otherwise they continue, and their pushes arrive late. Throws
 * if it ended otherwise.
 */
export async function keepRunning(env: TestEnv, folder: FailpointFolder, isOver: () => boolean): Promise<void> {
  // Before anything else: the operator may be killed at once.
  let seen = folder.hits().length;
  const keys = await openKeys(env, folder);
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
      if (kills === seen) {
        throw new Error(`the operator ended, and no failpoint killed it:\n${env.operator.logTail()}`);
      }
      seen = kills;
      if (kills % 2 === 1) await killChildren(join(dir, "operator-data"));
      await keys.renew();
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

/**
 * The operator creates the Secret of its key, and the ConfigMap of the public keys, only where they are missing.
 * `renew` deletes them for the kills that are still to come there: these happen before anything is read from Git. Then
 * all public keys are put back.
 */
async function openKeys(env: TestEnv, folder: FailpointFolder): Promise<{ readonly renew: () => Promise<void> }> {
  const requestAs = await createApiClient(env.controlPlane);
  const namespace = env.operatorSpec.leaseNamespace;
  const signers = new Set<string>();
  const isPending = (effect: string) => {
    const hits = folder.hits().filter(({ journey }) => journey === OPERATOR);
    const kills = folder.order(OPERATOR)?.kills ?? [];
    return kills.some((kill) => kill.site.startsWith(`${effect} @`) && !hits.some((hit) => sameFailpoint(hit, kill)));
  };
  const remove = async (path: string) => await requestAs("admin", "delete", `/api/v1/namespaces/${namespace}/${path}`);
  const renew = async () => {
    for (const line of (await readSigners(requestAs, namespace)).trim().split("\n")) signers.add(line);
    if (isPending("POST secrets")) await remove("secrets/pkgserver-signing-key");
    const path = `configmaps/${ALLOWED_SIGNERS.name}`;
    if (isPending("POST configmaps")) return void (await remove(path));
    const data = { [ALLOWED_SIGNERS.key]: `${[...signers].join("\n")}\n` };
    await requestAs("admin", "merge", `/api/v1/namespaces/${namespace}/${path}`, { data });
  };
  return { renew };
}
