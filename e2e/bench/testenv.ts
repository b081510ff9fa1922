import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type OperatorProcess, startOperator } from "../harness/operator.ts";
import { imageProgram } from "../harness/operator-program.ts";
import { isRunning } from "../harness/processes.ts";
import { type Calls, countCalls } from "./calls.ts";
import { startProfile } from "./profile.ts";
import { createNamespace } from "./requests.ts";
import { seedCatalog, seedDeployments } from "./seed.ts";
import { type FloorSide, type MeasuredSide, registerFloor, registerMeasured } from "./sides.ts";
import type { System } from "./system.ts";

/** The same number of package revisions twice: once for a fresh operator, once for the floor. */
export interface BenchEnv {
  readonly system: System;
  /** Package revisions in the deployment repository at the start. */
  readonly held: number;
  readonly operator: OperatorProcess;
  /** Rejects when the operator ends by itself, as it does if the API server is unavailable for too long. */
  readonly ended: Promise<never>;
  readonly measured: MeasuredSide;
  readonly floor: FloorSide;
  /** Time of the first registration, in milliseconds. */
  readonly registered: { readonly measured: number; readonly floor: number; readonly calls: Calls };
  close(): Promise<void>;
}

/**
 * Creates an environment, registers its repositories and waits until everything is listed. `floorFirst`: the floor
 * registers first.
 */
export async function startBenchEnv(
  system: System,
  options: { readonly held: number; readonly round: number; readonly floorFirst: boolean; readonly profile?: string },
): Promise<BenchEnv> {
  const { held, floorFirst } = options;
  const name = `${held}-${options.round}`;
  const names = { measured: `bench-${name}`, floor: `floor-${name}` };
  const dir = join(system.dir, `env-${name}`);
  await mkdir(join(dir, "floor.git"), { recursive: true });
  await seed(system, held, [names.measured, names.floor]);
  for (const one of Object.values(names)) await createNamespace(system, one);
  const operator = await startOperator({
    dir,
    kubeconfig: system.operatorKubeconfig,
    namespaces: [names.measured],
    logLevel: "info",
    env: { PKGSERVER_LIMIT_REVISIONS: "1000000" },
    // For a profile, the source is run instead of the bundle.
    ...(options.profile === undefined && { program: await imageProgram() }),
  });
  const { ended, stopWatching } = watchEnd(operator);
  const floorSide = () => registerFloor(system, names.floor, join(dir, "floor.git"));
  const early = floorFirst ? await floorSide() : undefined;
  const stopProfile = options.profile && (await startProfile(operator, options.profile, `a-${name}`));
  const stopCounting = await countCalls(system.clients.admin, operator);
  const measured = await Promise.race([registerMeasured(system, names.measured, held), ended]);
  const calls = await stopCounting();
  if (stopProfile) await stopProfile();
  const floor = early ?? (await floorSide());
  return {
    system,
    held,
    operator,
    ended,
    measured: measured.side,
    floor: floor.side,
    registered: { measured: measured.took, floor: floor.took, calls },
    close: async () => {
      stopWatching();
      for (const one of [measured.side.revisions, measured.side.contents]) one.close();
      for (const { pushes } of [measured.side, floor.side]) pushes.close();
      await operator.stop();
    },
  };
}

function watchEnd(operator: OperatorProcess): { readonly ended: Promise<never>; readonly stopWatching: () => void } {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  ended.catch(() => {});
  const timer = setInterval(() => {
    if (isRunning(operator.ref)) return;
    reject(new Error(`the operator has ended:\n${readFileSync(operator.logFile, "utf8").slice(-2000)}`));
  }, 500).unref();
  return { ended, stopWatching: () => clearInterval(timer) };
}

/** Creates, for both sides, a catalog and a copy of one history. */
async function seed({ git: { repositories } }: System, held: number, names: readonly string[]): Promise<void> {
  const origin = `seed-${names.join("-")}`;
  await seedDeployments(repositories, origin, held);
  for (const name of names) {
    await repositories.createRepository(name, { from: repositories.path(origin) });
    await seedCatalog(repositories, `${name}-catalog`);
  }
}
