import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../../api/v1alpha1/repository.ts";
import type { PackageApis } from "../../../core/dependencies/package-apis.ts";
import { readPages } from "../../../core/files/pages.ts";
import { pageName } from "../../../core/identity/names.ts";
import type { PackageStore } from "../../../core/ports/package-store.ts";
import type { ResourcesClient } from "../../../core/ports/resources-client.ts";
import { type ApisCall, apisCall } from "../../../core/processing/apis-call.ts";
import { ignoreNotFound } from "../../../kube/client/errors.ts";
import type { Lister } from "../../../kube/informer/indexer.ts";
import { readyStatus } from "../../repository/predicates.ts";
import type { ShardOwnership } from "../../sharding/ownership.ts";
import { packageContents } from "../../shared/kinds.ts";
import { withRepair } from "../processing/with-repair.ts";
import { type Job, WorkQueue, type WorkQueueOptions } from "../queue/work-queue.ts";
import { repositoryKeyOf } from "../repository-of.ts";
import type { PackageReader, PublishedReading } from "./published-packages.ts";

/** The pause between two attempts: the reason for the end of a worker process may have passed by then. */
const PAUSE_MS = 1000;
/** A package of more pages than that has more YAML than is read. */
const MAX_PAGES = 64;

export interface PublishedReaderOptions extends Pick<WorkQueueOptions<ApisCall, Output>, "worker" | "log"> {
  readonly client: Pick<ResourcesClient, "get">;
  readonly registry: { readonly get: (key: string) => { readonly store: PackageStore } | undefined };
  readonly repositories: Pick<Lister<Repository>, "get">;
  readonly ownership: Pick<ShardOwnership, "ownsRepository">;
  readonly pauseMs?: number;
}

/** Undefined for a package that cannot be read. */
type Output = PackageApis | undefined;

/** Finds out what published packages offer and need, in a worker process. */
export class PublishedReader implements PackageReader {
  readonly #options: PublishedReaderOptions;
  readonly #queue: WorkQueue<ApisCall, Output>;

  constructor(options: PublishedReaderOptions) {
    this.#options = options;
    const { worker, log, pauseMs = PAUSE_MS } = options;
    const failure = "what a published package offers and needs could not be read";
    this.#queue = new WorkQueue({ worker, log, pauseMs, failure, failed: () => undefined });
  }

  /** From Git, if this replica has the Repository; else from the cluster. Never rejects. */
  async read(object: PackageRevision): Promise<PublishedReading> {
    if (this.#comesLater(object)) return { kind: "later" };
    const key = keyOf(object);
    const job = { key, load: async () => await this.#load(object), about: { revision: key } };
    const queued = await this.#queue.add(job, () => true, key);
    if (queued?.result !== undefined) return { kind: "read", apis: queued.result };
    return { kind: queued?.isFinal === false ? "failed" : "unread" };
  }

  /** True until its Repository has been read here, or could not be. */
  #comesLater(object: PackageRevision): boolean {
    const { registry, repositories, ownership } = this.#options;
    const key = repositoryKeyOf(object);
    const repository = repositories.get(key);
    return (
      repository !== undefined &&
      registry.get(key) === undefined &&
      ownership.ownsRepository(repository) &&
      readyStatus(repository) !== "False"
    );
  }

  async #load(object: PackageRevision): ReturnType<Job<ApisCall, Output>["load"]> {
    const store = this.#options.registry.get(repositoryKeyOf(object))?.store;
    const call = store === undefined ? await this.#fromCluster(object) : await fromGit(store, object);
    return call === undefined ? { output: undefined } : { call };
  }

  async #fromCluster({ metadata, spec }: PackageRevision): Promise<ApisCall | undefined> {
    const { client } = this.#options;
    const { namespace, name } = metadata;
    const get = async (page: number) =>
      await ignoreNotFound(client.get(packageContents, { namespace, name: pageName(name, page) }));
    const first = await get(1);
    const count = first?.status?.pages ?? 1;
    if (first === undefined || count > MAX_PAGES) return undefined;
    const others = await Promise.all(Array.from({ length: count - 1 }, (_, index) => get(index + 2)));
    const pages = [first, ...others].flatMap((page) => page ?? []);
    const read = readPages(pages.map(({ spec: page }, index) => ({ number: index + 1, spec: page })));
    if (pages.length < count || "problems" in read) return undefined;
    const hidden = (first.status?.filesNotShown ?? []).map(({ path }) => ({ path, mode: "100644", oid: "" }) as const);
    const shown = [...read.files].map(([path, bytes]) => ({ path, mode: "100644", oid: "", bytes }) as const);
    return apisCall([...shown, ...hidden], spec.inputs);
  }
}

async function fromGit(store: PackageStore, object: PackageRevision): Promise<ApisCall | undefined> {
  return await withRepair(store, async () => {
    const view = await store.observe(object);
    // Deleted since.
    if (view.found?.kind !== "published") return undefined;
    const { files } = await store.readTree(view, view.found.tree);
    return apisCall(files, object.spec.inputs);
  });
}
