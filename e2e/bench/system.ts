import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeClient } from "../../src/kube/client/client.ts";
import { loadCluster } from "../../src/kube/client/kubeconfig.ts";
import { type ControlPlane, startControlPlane } from "../harness/control-plane.ts";
import { type GitRepositories, openRepositories } from "../harness/git-repositories.ts";
import type { Credentials } from "../harness/git-server.ts";
import { startGitServerProcess } from "../harness/git-server-process.ts";
import { installPkgserver } from "../harness/install.ts";
import { kubectlAs } from "../harness/kubectl.ts";
import { endProcess } from "../harness/processes.ts";

/** admin is a cluster administrator, alice edits, bob approves, operator is the operator's ServiceAccount. */
export type Client = "admin" | "alice" | "bob" | "operator";

/** Servers and clients that all environments of a run share. */
export interface System {
  readonly dir: string;
  readonly operatorKubeconfig: string;
  readonly git: {
    readonly credentials: Credentials;
    readonly repositories: GitRepositories;
    /** `http://127.0.0.1:PORT/NAME.git` */
    url(name: string): string;
  };
  readonly clients: Readonly<Record<Client, KubeClient>>;
  /** Ends everything and deletes the folder. */
  close(): Promise<void>;
}

/** A control plane with the chart's CRDs, roles and policies, and a git server, each in a process of its own. */
export async function startSystem(log: (line: string) => void): Promise<System> {
  const dir = await mkdtemp(join(tmpdir(), "pkgserver-bench-"));
  const cleanups: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const close = async () => {
    for (const cleanUp of cleanups.toReversed()) await cleanUp();
  };
  try {
    const gitServer = await startGitServerProcess(dir);
    cleanups.push(() => endProcess(gitServer.ref));
    const controlPlane = await startControlPlane({ dir: join(dir, "control-plane") });
    cleanups.push(() => controlPlane.stop());
    const operatorKubeconfig = await installPkgserver(controlPlane);
    await bindRoles(controlPlane);
    const clients = openClients(controlPlane, operatorKubeconfig);
    cleanups.push(() => Promise.all(Object.values(clients).map((client) => client.close())));
    log(`control plane at ${controlPlane.server}, git server at port ${gitServer.port}, everything in ${dir}`);
    const url = (name: string) => `http://127.0.0.1:${gitServer.port}/${name}.git`;
    const repositories = openRepositories(gitServer.root);
    const git = { credentials: gitServer.credentials, repositories, url };
    return { dir, operatorKubeconfig, git, clients, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function openClients({ kubeconfigs }: ControlPlane, operatorKubeconfig: string): Readonly<Record<Client, KubeClient>> {
  const open = (kubeconfig: string) =>
    new KubeClient({ cluster: loadCluster({ kubeconfig }), timeoutMs: 120_000, userAgent: "pkgserver-bench" });
  return {
    admin: open(kubeconfigs.admin),
    alice: open(kubeconfigs.alice),
    bob: open(kubeconfigs.bob),
    operator: open(operatorKubeconfig),
  };
}

async function bindRoles(controlPlane: ControlPlane): Promise<void> {
  const rbac = "rbac.authorization.k8s.io";
  const binding = (user: string, role: string) => ({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: `bench-${user}` },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: `pkgserver-${role}` },
    subjects: [{ apiGroup: rbac, kind: "User", name: user }],
  });
  const bindings = [binding("alice", "editor"), binding("bob", "approver")];
  await kubectlAs(controlPlane, "admin").applyYaml(bindings.map((one) => JSON.stringify(one)).join("\n---\n"));
}
