import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
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
import { createNamespaceRequest, type NamespaceRequest } from "./namespace-request.ts";
import { readSigningKey } from "./signers.ts";
import { verifyAndStop } from "./teardown.ts";

export type { TestEnv } from "./env.ts";

/** The reason of the Ready condition. */
export function readyReason(object: {
  readonly status?: { readonly conditions?: readonly { type: string; reason: string }[] };
}): string | undefined {
  return object.status?.conditions?.find((one) => one.type === "Ready")?.reason;
}

export interface TestEnvOptions {
  /** The shared control plane of the test run by default. */
  readonly controlPlane?: ProvidedControlPlane;
  /** More namespaces for the operator to watch. */
  readonly alsoWatch?: readonly string[];
  /** Settings of the operator, and how it is started. */
  readonly operator?: Partial<Omit<OperatorSpec, "dir" | "namespaces" | "leaseNamespace" | "logLevel">>;
}

export async function startTestEnv(prefix: string, options: TestEnvOptions = {}): Promise<TestEnv> {
  const controlPlane = options.controlPlane ?? inject("controlPlane");
  const dir = await mkdtemp(join(tmpdir(), `pkgserver-${prefix}-`));
  const namespace = `${prefix}-${Math.random().toString(36).slice(2, 8)}`;
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
    ...createObjects(createNamespaceRequest(requestAs, namespace), (name) => git.url(name)),
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
        const keyLines = key.split("\n").filter((line) => line !== "" && !line.startsWith("-"));
        await verifyAndStop(env, { ...options, secrets: [...secrets, ...keyLines], watch });
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

type Objects = Pick<
  TestEnv,
  | "register"
  | "applyRepository"
  | "repository"
  | "waitForRepository"
  | "sync"
  | "revision"
  | "contents"
  | "revisions"
  | "waitFor"
  | "waitForReason"
>;

/**
 * Requests and waits for objects of the namespace, as the cluster's administrator. `urlOf`: a repository's URL by its
 * name.
 */
function createObjects(request: NamespaceRequest, urlOf: (name: string) => string): Objects {
  const isAt = (reason: string) => (object: Repository | PackageRevision) =>
    object.status?.observedGeneration === object.metadata.generation && readyReason(object) === reason;
  const objects: Objects = {
    register: async (name, more, inGit) => {
      await objects.applyRepository(name, more, inGit);
      await objects.waitForRepository(name, "Synced");
    },
    applyRepository: async (name, more = {}, inGit = {}) => {
      const repository = {
        apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
        kind: "Repository",
        metadata: { name },
        spec: { git: { url: urlOf(name), credentials: "git-auth", ...inGit }, ...more },
      };
      // As kubectl apply does, without a process for it.
      const { items } = await request<{ items: readonly Repository[] }>("admin", "get", "repositories");
      const exists = items.some(({ metadata }) => metadata.name === name);
      if (exists) await request("admin", "merge", `repositories/${name}`, repository);
      else await request("admin", "create", "repositories", repository);
    },
    repository: async (name) => await request<Repository>("admin", "get", `repositories/${name}`),
    waitForRepository: async (name, reason) =>
      await request.waitFor<Repository>(`repositories/${name}`, `Repository ${name} is ${reason}`, isAt(reason)),
    sync: async (name) => {
      const requested = randomBytes(6).toString("hex");
      const metadata = { annotations: { [ANNOTATION_SYNC]: requested } };
      await request("admin", "merge", `repositories/${name}`, { metadata });
      const hasSynced = (one: Repository) => one.status?.lastHandledSyncRequest === requested;
      return await request.waitFor(`repositories/${name}`, `Repository ${name} has synced`, hasSynced);
    },
    revision: async (name) => await request<PackageRevision>("admin", "get", `packagerevisions/${name}`),
    contents: async (name) =>
      await request<PackageRevisionResources>("admin", "get", `packagerevisionresourceses/${name}`),
    revisions: async () => (await request<{ items: PackageRevision[] }>("admin", "get", "packagerevisions")).items,
    waitFor: async (name, description, until) =>
      await request.waitFor(`packagerevisions/${name}`, `${name} ${description}`, until),
    waitForReason: async (name, reason) => await objects.waitFor(name, `is ${reason}`, isAt(reason)),
  };
  return objects;
}

function inNamespace(kubectl: Kubectl, namespace: string): Kubectl {
  const flag = `--namespace=${namespace}`;
  return Object.assign((...args: readonly string[]) => kubectl(...args, flag), {
    applyYaml: (yaml: string, ...args: readonly string[]) => kubectl.applyYaml(yaml, ...args, flag),
    withInput: (input: string, ...args: readonly string[]) => kubectl.withInput(input, ...args, flag),
    getJson: <T>(...args: readonly string[]) => kubectl.getJson<T>(...args, flag),
  });
}
