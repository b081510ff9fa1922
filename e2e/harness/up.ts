import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { findControllerManager, resolveBinaries } from "./binaries.ts";
import { type Log, withLock } from "./cache.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { startControllerManager } from "./controller-manager.ts";
import { endRecorded } from "./down.ts";
import { type GitServerProcess, startGitServerProcess } from "./git-server-process.ts";
import { endProcess, type ProcessRef } from "./processes.ts";
import { isUp, type RunState, readRunState, writeRunState } from "./run-state.ts";
import { chooseRelease } from "./tools.ts";

const NO_CONTROLLER_MANAGER =
  "this test control plane runs no kube-controller-manager: deleted namespaces stay Terminating";

/**
 * Starts a control plane and a git server that outlive this process, with all their files in `runDir`. Does nothing if
 * both run; if one of their processes has ended, all are started again with the same data and release of Kubernetes
 * and, if they are free, on the same ports. kube-controller-manager is started where it has been built.
 */
export async function bringUp(runDir: string, log: Log = () => undefined): Promise<RunState> {
  const dir = resolve(runDir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return withLock(join(dir, "lock"), log, async () => {
    const earlier = await readRunState(dir);
    if (earlier !== undefined && isUp(earlier)) {
      log("already running");
      return earlier;
    }
    if (earlier !== undefined) await endRecorded(earlier, log);
    return start(dir, earlier, log);
  });
}

async function start(dir: string, earlier: RunState | undefined, log: Log): Promise<RunState> {
  const kubernetes = earlier?.kubernetes ?? chooseRelease(process.env.KUBERNETES).minor;
  const env = { ...process.env, KUBERNETES: kubernetes };
  const binaries = await resolveBinaries({ env });
  const gitServer = await startGitServerProcess(dir, earlier?.ports.git);
  log(`git server: http://127.0.0.1:${gitServer.port}`);
  const controlPlane = await startControlPlane({
    dir: join(dir, "control-plane"),
    ports: earlier?.ports,
    binaries,
  }).catch(async (error) => {
    await endProcess(gitServer.ref);
    throw error;
  });
  log(`API server: ${controlPlane.server}, Kubernetes ${kubernetes}`);
  const found = findControllerManager({ env });
  if ("missing" in found) log(NO_CONTROLLER_MANAGER);
  const manager = "file" in found ? await startControllerManager(found.file, controlPlane) : undefined;
  const state = describeRun(dir, kubernetes, controlPlane, gitServer, manager?.ref);
  await writeRunState(state);
  // Only now `down` can find them: until here they end with this process if it is interrupted.
  for (const part of [gitServer, controlPlane, manager]) part?.detach();
  return state;
}

function describeRun(
  dir: string,
  kubernetes: string,
  controlPlane: ControlPlane,
  gitServer: GitServerProcess,
  manager: ProcessRef | undefined,
): RunState {
  const { server, caFile, kubectl, kubeconfigs, tokens, ports } = controlPlane;
  const [apiServer, etcd] = controlPlane.processes();
  if (apiServer === undefined || etcd === undefined) throw new Error("the control plane has ended");
  return {
    dir,
    kubernetes,
    controlPlane: { dir: controlPlane.dir, server, caFile, kubectl, kubeconfigs, tokens },
    git: {
      server: `http://127.0.0.1:${gitServer.port}`,
      root: gitServer.root,
      credentials: gitServer.credentials,
    },
    ports: { ...ports, git: gitServer.port },
    processes: [
      ...(manager === undefined ? [] : [{ name: "kube-controller-manager", ref: manager }]),
      { name: "kube-apiserver", ref: apiServer },
      { name: "etcd", ref: etcd },
      { name: "git-server", ref: gitServer.ref },
    ],
  };
}

/** `node e2e/harness/up.ts [DIR]` */
if (import.meta.main) {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const state = await bringUp(process.argv[2] ?? ".run", print);
  print(`kubectl: export KUBECONFIG=${state.controlPlane.kubeconfigs.admin}`);
}
