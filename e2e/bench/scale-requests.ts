import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { asPartialMetadata } from "../../src/api/meta.ts";
import type { PackageRevision } from "../../src/api/v1alpha1/package-revision.ts";
import type { Repository } from "../../src/api/v1alpha1/repository.ts";
import { ANNOTATION_SYNC } from "../../src/api/v1alpha1/well-known.ts";
import { forEachLimited } from "../../src/controllers/shared/for-each.ts";
import { packageContents, packageRevisions, repositories } from "../../src/controllers/shared/kinds.ts";
import { waitUntil } from "../harness/wait.ts";
import { FloorGit } from "./floor-git.ts";
import { FloorObjects } from "./floor-objects.ts";
import { FloorSync } from "./floor-sync.ts";
import { Observer } from "./observer.ts";
import { createRepository } from "./requests.ts";
import type { ScaleRepository, Shape } from "./scale-shapes.ts";
import type { System } from "./system.ts";

/** Often enough for several syncs during a measurement. */
const INTERVAL = "20s";
const CONCURRENCY = 8;

/** Creates all Repositories, and waits until every package revision has its lifecycle in status, and its contents. */
export async function registerScale(
  system: System,
  { lifecycle }: Shape,
  all: readonly ScaleRepository[],
): Promise<void> {
  const { admin } = system.clients;
  const byNamespace = Map.groupBy(all, ({ namespace }) => namespace);
  const waits = await Promise.all(
    [...byNamespace].map(async ([namespace, some]) => {
      const revisions = await Observer.start(admin, packageRevisions, namespace);
      const contents = await Observer.start(admin, asPartialMetadata(packageContents), namespace);
      const count = some.reduce((sum, one) => sum + one.revisions, 0);
      return async () => {
        await Promise.all([
          revisions.waitForCount(count, lifecycle, (one) => one.status?.lifecycle === lifecycle),
          contents.waitForCount(count, "there", () => true),
        ]);
        for (const one of [revisions, contents]) one.close();
      };
    }),
  );
  await forEachLimited(all, CONCURRENCY, async ({ namespace, name, onServer }) => {
    await createRepository(system, namespace, name, onServer, INTERVAL);
  });
  await Promise.all(waits.map((wait) => wait()));
}

/** Waits until the files of all package revisions have been checked, which goes on after their registration. */
export async function waitUntilChecked({ clients }: System, all: readonly ScaleRepository[]): Promise<void> {
  for (const namespace of new Set(all.map((one) => one.namespace))) {
    const list = async () => (await clients.admin.list(packageRevisions, { namespace })).items;
    await waitUntil(`the files in ${namespace} are checked`, list, {
      until: (items) => !items.some(isBeingChecked),
      intervalMs: 1000,
      timeoutMs: 600_000,
    });
  }
}

function isBeingChecked({ status }: PackageRevision): boolean {
  return status?.conditions?.some((one) => one.type === "FilesValid" && one.status === "Unknown") ?? false;
}

/** The same as `registerScale` by the floor, in namespaces of its own. */
export async function registerScaleFloor(system: System, dir: string, all: readonly ScaleRepository[]): Promise<void> {
  const { clients, git } = system;
  await forEachLimited(all, CONCURRENCY, async ({ namespace, name, onServer }) => {
    const floor = `floor-${namespace}`;
    const clone = join(dir, onServer);
    await mkdir(clone, { recursive: true });
    await createRepository(system, floor, name, onServer);
    const sync = new FloorSync(clients.operator, floor, new FloorObjects(clients.operator, floor, name), name);
    await sync.register(() => FloorGit.clone(clone, git.url(onServer), git.credentials));
  });
}

export interface SyncRequests {
  /** Resolves when status acknowledges every request. */
  handled(): Promise<void>;
  close(): void;
}

/** Requests a sync of every Repository. */
export async function requestSyncs({ clients }: System, all: readonly ScaleRepository[]): Promise<SyncRequests> {
  const value = "bench-restart";
  const observers = new Map<string, Observer<Repository>>();
  for (const namespace of new Set(all.map((one) => one.namespace))) {
    observers.set(namespace, await Observer.start(clients.admin, repositories, namespace));
  }
  const body = { metadata: { annotations: { [ANNOTATION_SYNC]: value } } };
  await forEachLimited(all, CONCURRENCY, async ({ namespace, name }) => {
    await clients.admin.patch(repositories, { namespace, name }, { kind: "merge", body });
  });
  const isHandled = async ({ namespace, name }: ScaleRepository) =>
    await observers.get(namespace)?.waitFor(name, "synced", ({ status }) => status?.lastHandledSyncRequest === value);
  return {
    handled: async () => void (await Promise.all(all.map(isHandled))),
    close: () => {
      for (const one of observers.values()) one.close();
    },
  };
}
