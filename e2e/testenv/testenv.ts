import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
import { type GitServer, startGitServer } from "../harness/git-server.ts";
import type { ProvidedControlPlane } from "../harness/global-setup.ts";
import { operatorAccount } from "../harness/install.ts";
import { createKubectl, type Kubectl } from "../harness/kubectl.ts";
import { type OperatorProcess, type OperatorSpec, startOperator } from "../harness/operator.ts";
import { waitUntil } from "../harness/wait.ts";
import { LedgerNotes } from "../invariants/ledger.ts";
import { watchArguments } from "../leaks/arguments.ts";
import { createApiClient, type Verb } from "./api-client.ts";
import { type EndOptions, verifyAndStop } from "./teardown.ts";

/** alice edits, bob approves, carol administers packages, dave looks on; admin is a cluster administrator. */
const ROLES = { alice: ["editor"], bob: ["approver"], carol: ["admin"], dave: ["viewer"] } as const;
export type User = keyof typeof ROLES | "admin";

/**
 * One namespace with the real operator working in it, its own git server, and users. Everything a test file needs; files
 * run beside each other without meeting.
 */
export interface TestEnv {
  readonly controlPlane: ProvidedControlPlane;
  readonly namespace: string;
  readonly git: GitServer;
  /** The git server's password: it must turn up nowhere. */
  readonly password: string;
  /** What was acknowledged to those who work with packages here, for the end. */
  readonly ledger: LedgerNotes;
  /** A secret of the test's own that must turn up nowhere either. */
  registerSecret(value: string): void;
  /** kubectl as a user, in this namespace. */
  readonly as: (user: User) => Kubectl;
  operator: OperatorProcess;
  /** How the operator was started: for another replica, with a `dir` of its own. */
  readonly operatorSpec: OperatorSpec & { readonly leaseNamespace: string };
  restartOperator(how: "stop" | "kill"): Promise<void>;
  /** Makes the namespace, with everybody's roles and the git server's Secret: for when it has been deleted. */
  createNamespace(): Promise<void>;
  /** Registers a repository of the git server with its password, and waits until it is Ready. */
  register(
    name: string,
    spec?: Readonly<Record<string, unknown>>,
    git?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** Applies a Repository of the git server with its password, and waits for nothing. */
  applyRepository(
    name: string,
    spec?: Readonly<Record<string, unknown>>,
    git?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  repository(name: string): Promise<Repository>;
  /** Waits for the Ready condition of this reason, for the Repository's newest generation. */
  waitForRepository(name: string, reason: string): Promise<Repository>;
  /** Asks for a sync by the annotation, and waits until the status says that it was done. */
  sync(name: string): Promise<Repository>;
  revision(name: string): Promise<PackageRevision>;
  contents(name: string): Promise<PackageRevisionResources>;
  revisions(): Promise<readonly PackageRevision[]>;
  /** Waits until a package revision satisfies `until`, and returns it. */
  waitFor(name: string, description: string, until: (object: PackageRevision) => boolean): Promise<PackageRevision>;
  /** Waits for the Ready condition of this reason, for the object's newest generation. */
  waitForReason(name: string, reason: string): Promise<PackageRevision>;
  /**
   * Judges the invariants, looks for secrets where none should be, and ends everything. Fails where any of that is wrong;
   * everything has ended all the same.
   */
  end(options?: EndOptions): Promise<void>;
}

/** The reason of the Ready condition. */
export function readyReason(object: {
  readonly status?: { readonly conditions?: readonly { type: string; reason: string }[] };
}): string | undefined {
  return object.status?.conditions?.find((one) => one.type === "Ready")?.reason;
}

/** What a world may have of its own. */
export interface TestEnvOptions {
  /** Another control plane than the one of the test run. */
  readonly controlPlane?: ProvidedControlPlane;
  /** Namespaces in which the operator works besides. */
  readonly alsoWatch?: readonly string[];
  /** What else its operator is told, or how it is started. */
  readonly operator?: Partial<Omit<OperatorSpec, "dir" | "namespaces" | "leaseNamespace" | "logLevel">>;
}

export async function startTestEnv(prefix: string, options: TestEnvOptions = {}): Promise<TestEnv> {
  const controlPlane = options.controlPlane ?? inject("controlPlane");
  const dir = await mkdtemp(join(tmpdir(), `pkgserver-${prefix}-`));
  const namespace = `${prefix}-${Math.random().toString(36).slice(2, 8)}`;
  const admin = createKubectl(controlPlane.kubectl, controlPlane.kubeconfigs.admin);
  const as = (user: User): Kubectl =>
    inNamespace(createKubectl(controlPlane.kubectl, controlPlane.kubeconfigs[user]), namespace);
  const credentials = { user: "pkgserver", password: `canary-${randomBytes(12).toString("hex")}` };
  const git = await startGitServer({ root: join(dir, "repositories"), credentials });
  const createNamespace = async () => {
    await admin.applyYaml(describeNamespace(namespace));
    await as("admin").applyYaml(describeSecret("git-auth", credentials));
  };
  await createNamespace();
  const spec = {
    dir,
    kubeconfig: controlPlane.kubeconfigs.operator,
    namespaces: [namespace, ...(options.alsoWatch ?? [])],
    leaseNamespace: namespace,
    ...options.operator,
    logLevel: "debug",
  } as const;
  const requestAs = await createApiClient(controlPlane);
  const request = async <T>(verb: Verb, path: string, body?: object): Promise<T> => {
    const group = path.startsWith("repositories") ? "config.pkg.pkgserver.dev" : "pkg.pkgserver.dev";
    const answer = await requestAs("admin", verb, `${group}/v1alpha1/namespaces/${namespace}/${path}`, body);
    if (answer.code >= 300) throw new Error(`${verb} ${path}: ${answer.code} ${answer.body.message}`);
    return answer.body as unknown as T;
  };
  const secrets = [credentials.password];
  const env: TestEnv = {
    controlPlane,
    operatorSpec: spec,
    namespace,
    createNamespace,
    git,
    password: credentials.password,
    ledger: new LedgerNotes(),
    registerSecret: (value) => void secrets.push(value),
    as,
    operator: await startOperator(spec),
    restartOperator: async (how) => {
      await env.operator[how]();
      env.operator = await startOperator(spec);
    },
    register: async (name, more = {}, inGit = {}) => {
      await env.applyRepository(name, more, inGit);
      await env.waitForRepository(name, "Synced");
    },
    applyRepository: async (name, more = {}, inGit = {}) => {
      const repository = {
        apiVersion: "config.pkg.pkgserver.dev/v1alpha1",
        kind: "Repository",
        metadata: { name },
        spec: { git: { url: git.url(name), credentials: "git-auth", ...inGit }, ...more },
      };
      // As kubectl apply does, without a process for it.
      const path = `repositories/${name}`;
      const present = await requestAs(
        "admin",
        "get",
        `config.pkg.pkgserver.dev/v1alpha1/namespaces/${namespace}/${path}`,
      );
      if (present.code === 404) await request("create", "repositories", repository);
      else await request("merge", path, repository);
    },
    repository: async (name) => await request<Repository>("get", `repositories/${name}`),
    waitForRepository: async (name, reason) =>
      await waitUntil(`Repository ${name} is ${reason}`, async () => await env.repository(name), {
        until: (one) => one.status?.observedGeneration === one.metadata.generation && readyReason(one) === reason,
      }),
    sync: async (name) => {
      const asked = randomBytes(6).toString("hex");
      await request("merge", `repositories/${name}`, { metadata: { annotations: { [ANNOTATION_SYNC]: asked } } });
      return await waitUntil(`Repository ${name} has synced`, async () => await env.repository(name), {
        until: (one) => one.status?.lastHandledSyncRequest === asked,
        intervalMs: 30,
      });
    },
    revision: async (name) => await request<PackageRevision>("get", `packagerevisions/${name}`),
    contents: async (name) => await request<PackageRevisionResources>("get", `packagerevisionresourceses/${name}`),
    revisions: async () => (await request<{ items: PackageRevision[] }>("get", "packagerevisions")).items,
    waitFor: async (name, description, until) =>
      await waitUntil(
        `${name} ${description}`,
        async () => await request<PackageRevision>("get", `packagerevisions/${name}`),
        { until },
      ),
    waitForReason: async (name, reason) =>
      await env.waitFor(
        name,
        `is ${reason}`,
        (object) => object.status?.observedGeneration === object.metadata.generation && readyReason(object) === reason,
      ),
    end: async (options) => {
      try {
        await verifyAndStop(env, { ...options, secrets, watch });
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

/** The namespace, a role for each user, and the Lease rights that the chart gives the operator in its own namespace. */
function describeNamespace(namespace: string): string {
  const rbac = "rbac.authorization.k8s.io";
  const metadata = (name: string) => ({ name, namespace });
  const bindings = Object.entries(ROLES).flatMap(([user, roles]) =>
    roles.map((role) => ({
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: metadata(`${user}-${role}`),
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name: `pkgserver-${role}` },
      subjects: [{ apiGroup: rbac, kind: "User", name: user }],
    })),
  );
  const leases = [
    {
      apiVersion: `${rbac}/v1`,
      kind: "Role",
      metadata: metadata("operator-leases"),
      rules: [
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update", "patch"] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: metadata("operator-leases"),
      roleRef: { apiGroup: rbac, kind: "Role", name: "operator-leases" },
      subjects: [{ kind: "ServiceAccount", ...operatorAccount }],
    },
  ];
  const all = [{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, ...bindings, ...leases];
  return all.map((one) => JSON.stringify(one)).join("\n---\n");
}

function describeSecret(name: string, credentials: { readonly user: string; readonly password: string }): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    type: "kubernetes.io/basic-auth",
    stringData: { username: credentials.user, password: credentials.password },
  });
}
