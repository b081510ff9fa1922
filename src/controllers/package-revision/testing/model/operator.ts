import type { KubeObject } from "../../../../api/meta.ts";
import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import { ENFORCED } from "../../../../core/admission/policy-state.ts";
import { isBelow } from "../../../../core/identity/location.ts";
import { releaseKey } from "../../../../core/release/members.ts";
import { NO_PREFIXES } from "../../../../core/revision/metadata-keys.ts";
import type { ReconcileContext } from "../../../../runtime/reconcile.ts";
import type { GitPackageStore } from "../../../../storage/git/package-store/package-store.ts";
import { ContentsRetention } from "../../../repository/contents-retention.ts";
import { createMissing } from "../../../repository/discovered-revisions.ts";
import { liveDrafts } from "../../../repository/remove-deleted-drafts.ts";
import { sharedRevisionIndexes } from "../../../shared/indexes.ts";
import type { RevisionDependencies } from "../../dependencies.ts";
import { packageKey, type RevisionIndex } from "../../indexes.ts";
import { PackageRevisionReconciler } from "../../reconciler.ts";
import {
  CHECKED_RULES,
  ENVIRONMENT,
  INLINE_MERGES,
  NO_CHECKS,
  NO_DATA,
  NO_NEEDS,
  NO_RUNS,
  NO_TARGETS,
  NO_VARIANTS,
} from "../no-checks.ts";
import { type ModelApi, REPOSITORY } from "./api.ts";
import { ModelClient } from "./client.ts";
import { ModelMirror } from "./mirror.ts";
import type { ModelRemote } from "./remote.ts";
import { SlowRuns } from "./slow-runs.ts";
import { openModelStore } from "./store.ts";
import { halt } from "./threads.ts";

const NAMESPACE = "default";
const KEY = `${NAMESPACE}/${REPOSITORY}`;

/** One process of the operator: the production reconciler and package store, on the model's API server and remote. */
export class ModelOperator {
  readonly mirror: ModelMirror;
  readonly store: GitPackageStore;
  readonly #api: ModelApi;
  readonly #reconciler: PackageRevisionReconciler;
  readonly #client: ModelClient;
  /** Absent: packages are rendered at once. */
  readonly #runs: SlowRuns | undefined;

  private constructor(api: ModelApi, mirror: ModelMirror, store: GitPackageStore, hasSlowRuns: boolean) {
    this.#api = api;
    this.#runs = hasSlowRuns ? new SlowRuns() : undefined;
    this.mirror = mirror;
    this.store = store;
    this.#client = new ModelClient(api);
    const ownership = { forRevision: async <T>(_: PackageRevision, work: () => Promise<T>) => await work() };
    this.#reconciler = new PackageRevisionReconciler({ ...this.#dependencies(), ownership });
  }

  /** @param before the process before, whose mirror is still on the disk */
  static async start(
    api: ModelApi,
    remote: ModelRemote,
    { before, slowRuns }: { readonly before?: ModelOperator | undefined; readonly slowRuns: boolean },
  ): Promise<ModelOperator> {
    const mirror = new ModelMirror(remote, before?.mirror);
    mirror.fetch();
    const store = await openModelStore(mirror, api.repository.status?.commit);
    return new ModelOperator(api, mirror, store, slowRuns);
  }

  isRendering(name: string): boolean {
    return this.#runs?.isPending(NAMESPACE, name) === true;
  }

  /** After a relist: knowledge from own writes may be of a time that was lost. */
  forgetWrites(): void {
    this.#reconciler.forgetWrites();
  }

  /** Published packages below a folder, as the operator knows them. */
  nested(path: string): readonly string[] {
    const published = [...this.store.revisions()].filter((one) => one.kind === "published");
    return [...new Set(published.map((one) => one.path))].filter((one) => isBelow(one, path));
  }

  /**
   * A sync of the Repository: fetches, creates missing objects, removes the branches of late pushes, records how far
   * main was followed.
   */
  async sync(): Promise<void> {
    await this.store.fetch();
    await this.store.acceptHistory(this.#api.repository.metadata.annotations);
    await halt();
    const context = { client: this.#client, revisions: this.#revisions(), maxRevisions: Number.POSITIVE_INFINITY };
    await createMissing(context, { key: KEY, prefixes: NO_PREFIXES, store: this.store }, new AbortController().signal);
    await this.store.removeDeletedDrafts(new Date(0), liveDrafts(context.revisions, KEY));
    const { commit } = this.store.summarize();
    this.#api.patchStatus("repositories", REPOSITORY, { status: { ...(commit !== undefined && { commit }) } });
  }

  async reconcile(name: string): Promise<void> {
    const context = { releaseWorkerWhile } as ReconcileContext;
    this.#runs?.finish(NAMESPACE, name);
    await this.#reconciler.reconcile(`${NAMESPACE}/${name}`, context);
  }

  #dependencies(): RevisionDependencies {
    const packages = { store: this.store, retention: new ContentsRetention() };
    return {
      client: this.#client,
      events: { record: () => {} },
      repositories: { get: (key) => (key === KEY ? this.#api.repository : undefined) },
      revisions: this.#revisions(),
      contents: { byIndex: (_, key) => this.#pagesOf(key) },
      registry: { get: (key) => (key === KEY ? packages : undefined) },
      checks: NO_CHECKS,
      policies: { stateFor: () => ENFORCED, voidGrants: () => [] },
      targets: NO_TARGETS,
      data: NO_DATA,
      needs: NO_NEEDS,
      variants: NO_VARIANTS,
      rules: CHECKED_RULES,
      merges: INLINE_MERGES,
      runs: this.#runs ?? NO_RUNS,
      environment: ENVIRONMENT,
      now: () => new Date("2025-01-02T03:04:05Z"),
    };
  }

  #revisions() {
    const get = (key: string) => this.#api.revision(key.slice(NAMESPACE.length + 1));
    const byIndex = (index: RevisionIndex, value: string): readonly PackageRevision[] => {
      if (index === "repository") return value === KEY ? this.#api.revisions() : [];
      if (index === "release") return this.#api.revisions().filter((one) => releaseKey(one) === value);
      if (index === "identity") {
        return this.#api.revisions().filter((one) => sharedRevisionIndexes.identity(one).includes(value));
      }
      if (index !== "numbered") throw new Error(`the model has no index ${index}`);
      return this.#api.revisions().filter((one) => one.status?.revision !== undefined && packageKey(one) === value);
    };
    return { get, byIndex };
  }

  #pagesOf(key: string): readonly KubeObject[] {
    const page = this.#api.get("packagerevisionresourceses", key.slice(NAMESPACE.length + 1));
    return page === undefined ? [] : [page];
  }
}

/** Halts, so that others may come before a push that waits. */
async function releaseWorkerWhile<T>(wait: () => Promise<T>): Promise<T> {
  await halt();
  return await wait();
}
