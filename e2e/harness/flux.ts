import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FluxBinaries, resolveFlux } from "./binaries.ts";
import type { ProvidedControlPlane } from "./global-setup.ts";
import { createGuard } from "./guard.ts";
import { createKubectl } from "./kubectl.ts";
import { findFreePorts } from "./ports.ts";
import { endProcess, isRunning, type Launched, launchProcess } from "./processes.ts";
import { waitUntil } from "./wait.ts";

/** Flux's source-controller and kustomize-controller, beside an API server. */
export interface Flux {
  stop(): Promise<void>;
}

/** Four seconds on an idle machine. */
const READY_LIMIT_MS = 120_000;

/**
 * Applies Flux's CRDs, starts its two controllers as the cluster's administrator, and waits until they are ready. An
 * Error contains the end of the log.
 */
export async function startFlux(controlPlane: ProvidedControlPlane): Promise<Flux> {
  const binaries = await resolveFlux();
  /** For artifacts and logs. */
  const dir = await mkdtemp(join(tmpdir(), "flux-"));
  const kubeconfig = controlPlane.kubeconfigs.admin;
  const kubectl = createKubectl(controlPlane.kubectl, kubeconfig);
  await kubectl("apply", "--server-side", ...binaries.crds.map((folder) => `--filename=${folder}`));
  await kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=60s");
  const guard = createGuard();
  const launched: Launched[] = [];
  const stop = async (): Promise<void> => {
    for (const { ref } of launched) {
      await endProcess(ref);
      guard.release(ref);
    }
    guard.close();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const programs = await describePrograms(binaries, dir);
    for (const { name, command, args } of programs) {
      const env = { KUBECONFIG: kubeconfig };
      const one = await launchProcess({ command, args, env, logFile: join(dir, `${name}.log`) });
      guard.watch(one.ref);
      launched.push(one);
    }
    await waitUntilReady(
      launched,
      programs.map(({ health }) => health),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Where it answers /readyz. */
  readonly health: string;
}

async function describePrograms(binaries: FluxBinaries, dir: string): Promise<readonly Program[]> {
  // The source-controller does not make the folder of the artifacts that it serves.
  const storage = join(dir, "artifacts");
  await mkdir(storage);
  // By default they listen on all addresses, and on the same ports.
  const [files, ...others] = (await findFreePorts(5)).map((port) => `127.0.0.1:${port}`);
  const describe = (name: string, command: string, args: readonly string[]): Program => {
    const [health = "", metrics] = others.splice(0, 2);
    return { name, command, args: [`--health-addr=${health}`, `--metrics-addr=${metrics}`, ...args], health };
  };
  return [
    describe("source-controller", binaries.sourceController, [
      `--storage-path=${storage}`,
      `--storage-addr=${files}`,
      `--storage-adv-addr=${files}`,
    ]),
    // While a source is not there yet, it tries again every 30 s by default.
    describe("kustomize-controller", binaries.kustomizeController, ["--requeue-dependency=2s"]),
  ];
}

async function waitUntilReady(launched: readonly Launched[], health: readonly string[]): Promise<void> {
  const isReady = async (address: string): Promise<boolean> => (await fetch(`http://${address}/readyz`)).ok;
  const findEnded = (): Launched | undefined => launched.find(({ ref }) => !isRunning(ref));
  const isDone = async () => findEnded() !== undefined || (await Promise.all(health.map(isReady))).every(Boolean);
  await waitUntil("Flux is ready", isDone, { timeoutMs: READY_LIMIT_MS });
  const ended = findEnded();
  if (ended !== undefined) throw new Error(`a controller of Flux ended before it was ready:\n${ended.logTail()}`);
}
