import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { startGitServer } from "../harness/git-server.ts";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";
import { createKubectl, type Kubectl } from "../harness/kubectl.ts";
import { type OperatorSpec, startOperator } from "../harness/operator.ts";
import { randomPassword } from "../harness/random-password.ts";
import { LedgerRecorder } from "../invariants/ledger.ts";
import { watchArguments } from "../leaks/arguments.ts";
import { createApiClient } from "./api-client.ts";
import type { TestEnv } from "./env.ts";
import { createNamespace, type User } from "./namespace.ts";
import { createNamespaceObjects } from "./namespace-objects.ts";
import { createNamespaceRequest } from "./namespace-request.ts";
import { readSigningKey, secretLinesOf } from "./signers.ts";
import { verifyAndStop } from "./teardown.ts";

export type { TestEnv } from "./env.ts";
export { readyReason } from "./namespace-objects.ts";

export interface TestEnvOptions {
  /** The shared control plane of the test run by default. */
  readonly controlPlane?: ProvidedControlPlane;
  /** A name from the prefix by default. May exist already, with objects that the operator is to find. */
  readonly namespace?: string;
  /** More namespaces for the operator to watch. */
  readonly alsoWatch?: readonly string[];
  /** Settings of the operator, and how it is started. */
  readonly operator?: Partial<Omit<OperatorSpec, "dir" | "namespaces" | "leaseNamespace" | "logLevel">>;
}

export async function startTestEnv(prefix: string, options: TestEnvOptions = {}): Promise<TestEnv> {
  const controlPlane = options.controlPlane ?? inject("controlPlane");
  const dir = await mkdtemp(join(tmpdir(), `pkgserver-${prefix}-`));
  const namespace = options.namespace ?? `${prefix}-${Math.random().toString(36).slice(2, 8)}`;
  const credentials = { user: "pkgserver", password: `canary-${randomPassword()}` };
  const git = await startGitServer({ root: join(dir, "repositories"), credentials });
  const requestAs = await createApiClient(controlPlane);
  await createNamespace(requestAs, namespace, credentials);
  const spec = {
    dir,
    kubeconfig: controlPlane.kubeconfigs.operator,
    namespaces: [namespace, ...(options.alsoWatch ?? [])],
    leaseNamespace: namespace,
    program: inject("operatorProgram"),
    ...options.operator,
    logLevel: "debug",
  } as const;
  const secrets = [credentials.password];
  const env: TestEnv = {
    ...createNamespaceObjects(createNamespaceRequest(requestAs, namespace), (name) => git.url(name)),
    controlPlane,
    operatorSpec: spec,
    namespace,
    createNamespace: async () => await createNamespace(requestAs, namespace, credentials),
    git,
    password: credentials.password,
    ledger: new LedgerRecorder(),
    registerSecret: (value) => void secrets.push(value),
    as: (user: User) => inNamespace(createKubectl(controlPlane.kubectl, controlPlane.kubeconfigs[user]), namespace),
    operator: await startOperator(spec),
    restartOperator: async (how) => {
      await env.operator[how]();
      env.operator = await startOperator(spec);
    },
    end: async (options) => {
      try {
        // The namespace may be gone, and the key with it.
        const key = await readSigningKey(requestAs, namespace).catch(() => "");
        await verifyAndStop(env, { ...options, secrets: [...secrets, ...secretLinesOf(key)], watch });
      } finally {
        watch.close();
        await env.operator.stop();
        await git.stop();
        await rm(dir, { recursive: true, force: true });
      }
    },
  };
  const watch = watchArguments(() => env.operator.ref.pid);
  return env;
}

function inNamespace(kubectl: Kubectl, namespace: string): Kubectl {
  const flag = `--namespace=${namespace}`;
  return Object.assign((...args: readonly string[]) => kubectl(...args, flag), {
    applyYaml: (yaml: string, ...args: readonly string[]) => kubectl.applyYaml(yaml, ...args, flag),
    withInput: (input: string, ...args: readonly string[]) => kubectl.withInput(input, ...args, flag),
    getJson: <T>(...args: readonly string[]) => kubectl.getJson<T>(...args, flag),
  });
}
