import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Log, withLock } from "./cache.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { endRecorded } from "./down.ts";
import { type GitServerProcess, startGitServerProcess } from "./git-server-process.ts";
import { endProcess } from "./processes.ts";
import { isUp, type RunState, readRunState, writeRunState } from "./run-state.ts";

/**
 * Starts a control plane and a git server that outlive this process, with all their files in `runDir`. Does nothing if
 * both run; if one of their processes has ended, all are started again with the same data and, if they are free, on the
 * same ports.
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
    return start(dir, earlier?.ports, log);
  });
}

async function start(dir: string, ports: RunState["ports"] | undefined, log: Log): Promise<RunState> {
  const gitServer = await startGitServerProcess(dir, ports?.git);
  log(`git server: http://127.0.0.1:${gitServer.port}`);
  const controlPlane = await startControlPlane({ dir: join(dir, "control-plane"), ports }).catch(async (error) => {
    await endProcess(gitServer.ref);
    throw error;
  });
  log(`API server: ${controlPlane.server}`);
  const state = describeRun(dir, controlPlane, gitServer);
  await writeRunState(state);
  // Only now `down` can find them: until here they end with this process if it is interrupted.
  gitServer.detach();
  controlPlane.detach();
  return state;
}

function describeRun(dir: string, controlPlane: ControlPlane, gitServer: GitServerProcess): RunState {
  const { server, caFile, kubectl, kubeconfigs, tokens, ports } = controlPlane;
  const [apiServer, etcd] = controlPlane.processes();
  if (apiServer === undefined || etcd === undefined) throw new Error("the control plane has ended");
  return {
    dir,
    controlPlane: { dir: controlPlane.dir, server, caFile, kubectl, kubeconfigs, tokens },
    git: {
      server: `http://127.0.0.1:${gitServer.port}`,
      root: gitServer.root,
      credentials: gitServer.credentials,
    },
    ports: { ...ports, git: gitServer.port },
    processes: [
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
