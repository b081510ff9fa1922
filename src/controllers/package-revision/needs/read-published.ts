import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../../api/v1alpha1/repository.ts";
import type { PackageApis } from "../../../core/dependencies/package-apis.ts";
import { type ApisCall, apisCall } from "../../../core/processing/apis-call.ts";
import type { Lister } from "../../../kube/informer/indexer.ts";
import { readyStatus } from "../../repository/predicates.ts";
import type { ShardOwnership } from "../../sharding/ownership.ts";
import { type Job, WorkQueue, type WorkQueueOptions } from "../queue/work-queue.ts";
import { repositoryKeyOf } from "../repository-of.ts";
import type { PublishedFiles } from "./published-files.ts";
import type { PackageReader, PublishedReading } from "./published-packages.ts";

/** The pause between two attempts: the reason for the end of a worker process may have passed by then. */
const PAUSE_MS = 1000;

export interface PublishedReaderOptions extends Pick<WorkQueueOptions<ApisCall, Output>, "worker" | "log"> {
  readonly files: Pick<PublishedFiles, "read">;
  readonly registry: { readonly get: (key: string) => object | undefined };
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

  /** Never rejects. */
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
    const files = await this.#options.files.read(object);
    const call = files === undefined ? undefined : apisCall(files, object.spec.inputs);
    return call === undefined ? { output: undefined } : { call };
  }
}
