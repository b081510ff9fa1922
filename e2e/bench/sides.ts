import { asPartialMetadata } from "../../src/api/meta.ts";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../src/api/v1alpha1/package-revision-resources.ts";
import { packageContents, packageRevisions } from "../../src/controllers/shared/kinds.ts";
import { FloorDrafts } from "./floor-drafts.ts";
import { FloorFleet } from "./floor-fleet.ts";
import { FloorGit } from "./floor-git.ts";
import { FloorJourney } from "./floor-journey.ts";
import { FloorObjects } from "./floor-objects.ts";
import { FloorSync } from "./floor-sync.ts";
import type { Journey } from "./journey.ts";
import { clock, timed } from "./measure.ts";
import { Observer } from "./observer.ts";
import { OperatorJourney } from "./operator-journey.ts";
import { CATALOG, DEPLOYMENTS } from "./package.ts";
import { PushLog } from "./push-log.ts";
import { createRepository, type Users, usersOf } from "./requests.ts";
import type { System } from "./system.ts";

/** A namespace with its deployment repository: one for the operator, one for the floor. */
interface Side {
  readonly namespace: string;
  /** The deployment repository's name on the git server. */
  readonly repository: string;
  readonly users: Users;
  readonly pushes: PushLog;
  readonly journey: Journey;
}

/** The operator's side. */
export interface MeasuredSide extends Side {
  readonly revisions: Observer<PackageRevision>;
  readonly contents: Observer<PackageRevisionResources>;
}

export interface FloorSide extends Side {
  readonly git: FloorGit;
  readonly sync: FloorSync;
  readonly fleet: FloorFleet;
}

/**
 * Registers the repositories of the operator's side; `took`: milliseconds of the deployment repository's registration.
 */
export async function registerMeasured(
  system: System,
  namespace: string,
  held: number,
): Promise<{ readonly side: MeasuredSide; readonly took: number }> {
  const { clients, git } = system;
  const revisions = await Observer.start(clients.admin, packageRevisions, namespace);
  const listed = await Observer.start(clients.admin, asPartialMetadata(packageContents), namespace);
  const started = clock();
  await createRepository(system, namespace, DEPLOYMENTS, namespace);
  const times = await Promise.all([
    revisions.waitForCount(held, "published", (one) => one.status?.lifecycle === "published"),
    listed.waitForCount(held, "there", () => true),
  ]);
  const took = Math.max(...times) - started;
  listed.close();
  await createRepository(system, namespace, CATALOG, `${namespace}-catalog`);
  await revisions.waitForCount(held + 1, "published", (one) => one.status?.lifecycle === "published");
  const contents = await Observer.start(clients.admin, packageContents, namespace);
  const pushes = await PushLog.start(git.repositories, namespace);
  const users = usersOf(system, namespace);
  const journey = new OperatorJourney({ users, pushes, revisions, contents });
  return { side: { namespace, repository: namespace, users, pushes, journey, revisions, contents }, took };
}

/** Registers the deployment repository of the floor's side; `took`: milliseconds. */
export async function registerFloor(
  system: System,
  namespace: string,
  dir: string,
): Promise<{ readonly side: FloorSide; readonly took: number }> {
  const { clients, git: server } = system;
  const objects = new FloorObjects(clients.operator, namespace);
  const sync = new FloorSync(clients.operator, namespace, objects);
  let git: FloorGit | undefined;
  const took = await timed(async () => {
    await createRepository(system, namespace, DEPLOYMENTS, namespace);
    git = await sync.register(() => FloorGit.clone(dir, server.url(namespace), server.credentials));
  });
  if (git === undefined) throw new Error("the floor has no clone");
  const pushes = await PushLog.start(server.repositories, namespace);
  const users = usersOf(system, namespace);
  const main = async () => (await server.repositories.git(namespace, "rev-parse", "refs/heads/main")).trim();
  const drafts = new FloorDrafts(git);
  const journey = new FloorJourney({ drafts, objects, users, pushes, main });
  const fleet = new FloorFleet({ system, namespace, drafts, main });
  return { side: { namespace, repository: namespace, users, pushes, journey, git, sync, fleet }, took };
}
