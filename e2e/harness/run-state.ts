import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlaneAccess } from "./control-plane.ts";
import type { ControlPlanePorts } from "./control-plane-programs.ts";
import type { Credentials } from "./git-server.ts";
import { isRunning, type ProcessRef } from "./processes.ts";

/**
 * The system that `up` has started, in `state.json` of the run's folder. It contains secrets: only its owner may read
 * it.
 */
export interface RunState {
  readonly dir: string;
  /** The release of Kubernetes, as `1.36`. */
  readonly kubernetes: string;
  readonly controlPlane: ControlPlaneAccess;
  readonly git: {
    /** `http://127.0.0.1:PORT`; the path of a repository is `/NAME.git`. */
    readonly server: string;
    /** For `openRepositories`. */
    readonly root: string;
    readonly credentials: Credentials;
  };
  readonly ports: ControlPlanePorts & { readonly git: number };
  /** In the order in which they must be ended; empty after `down`. */
  readonly processes: readonly NamedProcess[];
}

export interface NamedProcess {
  readonly name: string;
  readonly ref: ProcessRef;
}

/** Undefined if nothing was ever started in this folder. */
export async function readRunState(dir: string): Promise<RunState | undefined> {
  try {
    return JSON.parse(await readFile(join(dir, "state.json"), "utf8")) as RunState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function writeRunState(state: RunState): Promise<void> {
  const file = join(state.dir, "state.json");
  await writeFile(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** Adds a process for `down` to end before all others: it uses the control plane. */
export async function recordProcess(state: RunState, name: string, ref: ProcessRef): Promise<RunState> {
  const others = state.processes.filter((process) => process.name !== name);
  const recorded = { ...state, processes: [{ name, ref }, ...others] };
  await writeRunState(recorded);
  return recorded;
}

/** True if the control plane and the git server run, with all their processes. */
export function isUp({ processes }: RunState): boolean {
  const parts = processes.filter(({ name }) => name !== "operator");
  return parts.length > 0 && parts.every(({ ref }) => isRunning(ref));
}
