import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ControlPlaneBinaries, resolveBinaries } from "./binaries.ts";
import { type ControlPlanePorts, describeApiServer, describeEtcd, layoutOf } from "./control-plane-programs.ts";
import { createEtcdClient } from "./etcd.ts";
import { createGuard } from "./guard.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { findFreePorts } from "./ports.ts";
import { endProcess, isRunning, type Launched, launchProcess, type ProcessRef, signalProcess } from "./processes.ts";
import { PortTakenError, waitUntilReady } from "./readiness.ts";
import { ensureServiceAccountKey, USER_NAMES, type UserName, writeTokens } from "./users.ts";
import { waitUntil } from "./wait.ts";

/** Address and credentials of a control plane. Plain data. */
export interface ControlPlaneAccess {
  readonly dir: string;
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** File of the CA certificate, PEM. */
  readonly caFile: string;
  /** Path of the kubectl program. */
  readonly kubectl: string;
  /** User → kubeconfig file. */
  readonly kubeconfigs: Readonly<Record<UserName, string>>;
  /** User → bearer token; every start generates new ones. */
  readonly tokens: Readonly<Record<UserName, string>>;
}

/** A running etcd and kube-apiserver, and the faults that tests can inject. */
export interface ControlPlane extends ControlPlaneAccess {
  readonly ports: ControlPlanePorts;
  /** Its current processes, in the order in which they must be ended. */
  processes(): readonly ProcessRef[];
  /** Kills the API server (SIGKILL). */
  killApiServer(): Promise<void>;
  /** Starts the API server again, on the same port and data, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** The API server keeps its connections and does not respond until it is resumed. */
  pauseApiServer(): void;
  resumeApiServer(): void;
  /** Kills etcd (SIGKILL); the API server keeps running. */
  killEtcd(): Promise<void>;
  /** Starts etcd again, on the same port and data, and waits until the API server, if it runs, is ready. */
  startEtcd(): Promise<void>;
  /** etcd keeps its connections and does not respond until it is resumed. */
  pauseEtcd(): void;
  resumeEtcd(): void;
  /**
   * Compacts etcd's history: once the API server has restarted, a watch from an older resource version gets 410.
   */
  compactHistory(): Promise<void>;
  /** Copies a consistent snapshot of etcd's data to a folder, which must not exist. */
  backUp(folder: string): Promise<void>;
  /** Kills both processes and starts them again with the data of a backup. */
  restore(folder: string): Promise<void>;
  /** Lets the processes outlive this one. Until then they end with it, however it ends. */
  detach(): void;
  /** Ends both processes and waits for their end. The folder stays. */
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Holds data, certificates, logs and kubeconfigs; those of an earlier control plane are reused. */
  readonly dir: string;
  /** Tried first; if one is taken, others are used. */
  readonly ports?: ControlPlanePorts | undefined;
  readonly binaries?: ControlPlaneBinaries;
  /** False: no MutatingAdmissionPolicy is served, as before Kubernetes 1.36. */
  readonly servesMutatingPolicies?: boolean;
}

const MAX_START_ATTEMPTS = 5;
/**
 * Starts etcd and kube-apiserver on 127.0.0.1 and waits until the API server is ready. An Error contains the end of the
 * log.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { dir } = options;
  const binaries = options.binaries ?? (await resolveBinaries());
  const tokens = await writeTokens(layoutOf(dir).tokenFile);
  await ensureServiceAccountKey(layoutOf(dir).serviceAccountKey);
  for (let attempt = 1; ; attempt++) {
    const ports = attempt === 1 && options.ports ? options.ports : await choosePorts();
    const programs = createPrograms(options, binaries, ports, tokens.admin);
    try {
      await programs.start();
      return { ...(await grantAccess(binaries, dir, ports, tokens)), ports, ...programs };
    } catch (error) {
      await programs.stop();
      if (!(error instanceof PortTakenError) || attempt === MAX_START_ATTEMPTS) throw error;
    }
  }
}

async function choosePorts(): Promise<ControlPlanePorts> {
  const [etcd, apiServer] = (await findFreePorts(2)) as [number, number];
  return { etcd, apiServer };
}

async function grantAccess(
  binaries: ControlPlaneBinaries,
  dir: string,
  ports: ControlPlanePorts,
  tokens: Readonly<Record<UserName, string>>,
): Promise<ControlPlaneAccess> {
  const { caFile, kubeconfigDir } = layoutOf(dir);
  const server = `https://127.0.0.1:${ports.apiServer}`;
  const entries = USER_NAMES.map(async (user): Promise<[UserName, string]> => {
    const file = join(kubeconfigDir, `${user}.yaml`);
    return [user, await writeKubeconfig(file, { server, caFile, user, token: tokens[user] })];
  });
  const kubeconfigs = Object.fromEntries(await Promise.all(entries)) as Record<UserName, string>;
  return { dir, server, caFile, kubectl: binaries.kubectl, kubeconfigs, tokens };
}

type Programs = Omit<ControlPlane, keyof ControlPlaneAccess | "ports"> & { start(): Promise<void> };

function createPrograms(
  { dir, servesMutatingPolicies = true }: ControlPlaneOptions,
  binaries: ControlPlaneBinaries,
  ports: ControlPlanePorts,
  adminToken: string,
): Programs {
  const guard = createGuard();
  let etcd: Launched | undefined;
  let apiServer: Launched | undefined;

  const launch = async (spec: Parameters<typeof launchProcess>[0]): Promise<Launched> => {
    const launched = await launchProcess(spec);
    guard.watch(launched.ref);
    return launched;
  };
  const end = async (launched: Launched | undefined, graceMs: number): Promise<void> => {
    if (launched === undefined) return;
    await endProcess(launched.ref, { graceMs });
    guard.release(launched.ref);
  };
  const signal = (launched: Launched | undefined, name: "SIGSTOP" | "SIGCONT"): void => {
    if (launched === undefined || !signalProcess(launched.ref, name))
      throw new Error(`${launched === apiServer ? "the API server" : "etcd"} is not running`);
  };
  const calls = createEtcdClient(ports.etcd);
  const awaitApiServer = () =>
    waitUntilReady({ caFile: layoutOf(dir).caFile, port: ports.apiServer, token: adminToken }, [etcd, apiServer]);
  const startApiServer = async (): Promise<void> => {
    if (apiServer !== undefined && isRunning(apiServer.ref)) return;
    apiServer = await launch(describeApiServer(binaries, dir, ports, servesMutatingPolicies));
    await awaitApiServer();
  };
  const start = async (): Promise<void> => {
    etcd = await launch(describeEtcd(binaries, dir, ports));
    await startApiServer();
  };
  return {
    start,
    processes: () => [apiServer, etcd].flatMap((launched) => launched?.ref ?? []),
    killApiServer: () => end(apiServer, 0),
    startApiServer,
    pauseApiServer: () => signal(apiServer, "SIGSTOP"),
    resumeApiServer: () => signal(apiServer, "SIGCONT"),
    killEtcd: () => end(etcd, 0),
    startEtcd: async () => {
      etcd = await launch(describeEtcd(binaries, dir, ports));
      await waitUntil("etcd is healthy", () => calls.isHealthy());
      if (apiServer !== undefined && isRunning(apiServer.ref)) await awaitApiServer();
    },
    pauseEtcd: () => signal(etcd, "SIGSTOP"),
    resumeEtcd: () => signal(etcd, "SIGCONT"),
    compactHistory: async () => void (await calls.compact()),
    backUp: async (folder) => {
      // Acknowledged writes are in its files: a copy while the process is stopped is one as after a loss of power.
      signal(etcd, "SIGSTOP");
      try {
        await cp(layoutOf(dir).etcdData, folder, { recursive: true, errorOnExist: true, force: false });
      } finally {
        signal(etcd, "SIGCONT");
      }
    },
    restore: async (folder) => {
      await end(apiServer, 0);
      await end(etcd, 0);
      await rm(layoutOf(dir).etcdData, { recursive: true });
      await cp(folder, layoutOf(dir).etcdData, { recursive: true });
      await start();
    },
    detach: () => {
      for (const launched of [apiServer, etcd]) if (launched !== undefined) guard.release(launched.ref);
      guard.close();
    },
    stop: async () => {
      await end(apiServer, 10_000);
      await end(etcd, 10_000);
      guard.close();
    },
  };
}
