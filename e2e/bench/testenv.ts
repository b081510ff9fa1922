import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { asPartialMetadata } from "../../src/api/meta.ts";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { packageContents, packageRevisions } from "../../src/controllers/shared/kinds.ts";
import { imageProgram, type OperatorProcess, startOperator } from "../harness/operator.ts";
import { isRunning } from "../harness/processes.ts";
import { type Calls, countCalls } from "./calls.ts";
import { FloorGit } from "./floor-git.ts";
import { FloorJourney } from "./floor-journey.ts";
import { FloorObjects } from "./floor-objects.ts";
import { FloorSync } from "./floor-sync.ts";
import type { Journey } from "./journey.ts";
import { clock, timed } from "./measure.ts";
import { Observer } from "./observer.ts";
import { OperatorJourney } from "./operator-journey.ts";
import { CATALOG, DEPLOYMENTS } from "./package.ts";
import { startProfile } from "./profile.ts";
import { PushLog } from "./push-log.ts";
import { makeNamespace, makeRepository, type Users, usersOf } from "./requests.ts";
import { seedCatalog, seedDeployments } from "./seed.ts";
import type { System } from "./system.ts";

/** A namespace and its deployment repository; the operator works in one, the floor in the other. */
export interface Side {
  readonly namespace: string;
  /** The deployment repository's name on the git server. */
  readonly repository: string;
  readonly users: Users;
  readonly pushes: PushLog;
  readonly journey: Journey;
}

/** The same number of package revisions twice: shown by a fresh operator, and by the floor. */
export interface BenchEnv {
  readonly system: System;
  /** Package revisions in the deployment repository at the start. */
  readonly held: number;
  readonly operator: OperatorProcess;
  /**
   * Rejects when the operator ends of itself, as it does where the API server does not answer for long: nobody waits
   * for it then.
   */
  readonly ended: Promise<never>;
  readonly measured: Side & {
    readonly revisions: Observer<PackageRevision>;
    readonly contents: Observer<PackageRevisionResources>;
  };
  readonly floor: Side & { readonly git: FloorGit; readonly sync: FloorSync };
  /** How long the first registration took, milliseconds. */
  readonly registered: { readonly measured: number; readonly floor: number; readonly calls: Calls };
  close(): Promise<void>;
}

/** Makes a world, registers its repositories and waits until all is listed. `floorFirst`: who begins. */
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
  for (const one of Object.values(names)) await makeNamespace(system, one);
  const operator = await startOperator({
    dir,
    kubeconfig: system.operatorKubeconfig,
    namespaces: [names.measured],
    logLevel: "info",
    // A profile is to name the lines of the source.
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

/** Both sides have a copy of one history of their own, packed as git hosts have theirs, and one catalog. */
async function seed({ git: { repositories } }: System, held: number, names: readonly string[]): Promise<void> {
  const origin = `seed-${names.join("-")}`;
  await seedDeployments(repositories, origin, held);
  for (const command of [
    ["pack-refs", "--all"],
    ["repack", "-a", "-d", "-q"],
  ])
    await repositories.git(origin, ...command);
  for (const name of names) {
    await repositories.createRepository(name, { from: repositories.path(origin) });
    await seedCatalog(repositories, `${name}-catalog`);
  }
}

async function registerMeasured(
  system: System,
  namespace: string,
  held: number,
): Promise<{ readonly side: BenchEnv["measured"]; readonly took: number }> {
  const { clients, git } = system;
  const revisions = await Observer.start(clients.admin, packageRevisions, namespace);
  const listed = await Observer.start(clients.admin, asPartialMetadata(packageContents), namespace);
  const began = clock();
  await makeRepository(system, namespace, DEPLOYMENTS, namespace);
  const times = await Promise.all([
    revisions.waitForCount(held, "published", (one) => one.status?.lifecycle === "published"),
    listed.waitForCount(held, "there", () => true),
  ]);
  const took = Math.max(...times) - began;
  listed.close();
  await makeRepository(system, namespace, CATALOG, `${namespace}-catalog`);
  await revisions.waitForCount(held + 1, "published", (one) => one.status?.lifecycle === "published");
  const contents = await Observer.start(clients.admin, packageContents, namespace);
  const pushes = await PushLog.start(git.repositories, namespace);
  const users = usersOf(system, namespace);
  const journey = new OperatorJourney({ users, pushes, revisions, contents });
  return { side: { namespace, repository: namespace, users, pushes, journey, revisions, contents }, took };
}

async function registerFloor(
  system: System,
  namespace: string,
  dir: string,
): Promise<{ readonly side: BenchEnv["floor"]; readonly took: number }> {
  const { clients, git: server } = system;
  const objects = new FloorObjects(clients.operator, namespace);
  const sync = new FloorSync(clients.operator, namespace, objects);
  let git: FloorGit | undefined;
  const took = await timed(async () => {
    await makeRepository(system, namespace, DEPLOYMENTS, namespace);
    git = await sync.register(() => FloorGit.clone(dir, server.url(namespace), server.credentials));
  });
  if (git === undefined) throw new Error("the floor has no clone");
  const pushes = await PushLog.start(server.repositories, namespace);
  const users = usersOf(system, namespace);
  const main = async () => (await server.repositories.git(namespace, "rev-parse", "refs/heads/main")).trim();
  const journey = new FloorJourney({ git, objects, users, pushes, main });
  return { side: { namespace, repository: namespace, users, pushes, journey, git, sync }, took };
}
