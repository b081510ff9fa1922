import type { KubeObject } from "../../../../api/meta.ts";
import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../../../api/v1alpha1/package-revision-resources.ts";
import type { PackageRevisionStatus } from "../../../../api/v1alpha1/package-revision-status.ts";
import type { Repository } from "../../../../api/v1alpha1/repository.ts";
import { canonicalJson } from "../../../../core/identity/canonical-json.ts";
import { aRepository, condition } from "../../../../core/testing/observed.ts";
import { ApiError } from "../../../../kube/client/errors.ts";
import { type ModelContents, viewPage } from "./contents.ts";
import { mergePatch } from "./merge-patch.ts";

/** The kinds that the model stores, by their plural names. */
export interface StoredKinds {
  readonly packagerevisions: PackageRevision;
  readonly packagerevisionresourceses: PackageRevisionResources;
  readonly repositories: Repository;
}
export type Plural = keyof StoredKinds;

/** Everything that the API server holds. Replaced as a whole at every write, so that a backup is a reference. */
export interface Stored {
  readonly packagerevisions: ReadonlyMap<string, PackageRevision>;
  readonly packagerevisionresourceses: ReadonlyMap<string, PackageRevisionResources>;
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly resourceVersion: number;
}

/** Callbacks for the writes that the auditor judges. */
export interface ApiWatch {
  /** A contents object was written. */
  readonly onPage: (name: string) => void;
  /** The status of a contents object was written. */
  readonly onPageStatus: (name: string) => void;
  /** The status of a package revision was written; `before`: the object until then. */
  readonly onStatus: (before: PackageRevision, status: PackageRevisionStatus) => void;
}

/** A digest that an approver agreed to. */
export interface Approval {
  readonly name: string;
  readonly digest: string;
}

export const REPOSITORY = "blue";

/**
 * The API server, as far as the lifecycle needs it: patches, generations, resource versions, finalizers, the frozen
 * rule.
 */
export class ModelApi {
  stored: Stored;
  /** Writes that changed an object. */
  writes = 0;
  readonly approvals: Approval[] = [];
  /** `<name> <digest>` of contents that the gate has ever passed. */
  readonly passed = new Set<string>();
  readonly #watch: ApiWatch;
  #uids = 0;
  /**
   * How far one write advances the resource version. After a restore writes advance it by far less, so that no later
   * object reaches a version of the lost time: with a real etcd that takes as many writes as were lost.
   */
  #step = 1e9;

  constructor(watch: ApiWatch, repository: Partial<Repository["spec"]>) {
    this.#watch = watch;
    this.stored = this.#empty(repository);
  }

  /** A new cluster, with nothing but the Repository. */
  reset(): void {
    this.stored = this.#empty(this.repository.spec);
  }

  restore(backup: Stored): void {
    this.stored = backup;
    this.#step = Math.max(1, this.#step / 1000);
  }

  get repository(): Repository {
    const found = this.stored.repositories.get(REPOSITORY);
    if (found === undefined) throw new Error("the model never deletes its Repository");
    return found;
  }

  revisions(): readonly PackageRevision[] {
    return [...this.stored.packagerevisions.values()];
  }

  revision(name: string): PackageRevision | undefined {
    return this.stored.packagerevisions.get(name);
  }

  contents(name: string): ModelContents | undefined {
    const page = this.stored.packagerevisionresourceses.get(name);
    return page === undefined ? undefined : viewPage(page);
  }

  get<P extends Plural>(plural: P, name: string): StoredKinds[P] | undefined {
    return this.#all(plural).get(name);
  }

  create<P extends Plural>(plural: P, object: StoredKinds[P]): StoredKinds[P] {
    const { name } = object.metadata;
    if (this.get(plural, name) !== undefined) throw apiError(409, "AlreadyExists", name);
    const metadata = { ...object.metadata, uid: this.#uid(), generation: 1 };
    return this.#put(plural, name, { ...object, metadata, status: undefined });
  }

  /** A merge patch of everything but status. A changed spec is a new generation. */
  patch<P extends Plural>(plural: P, name: string, body: object): StoredKinds[P] {
    const old = this.#require(plural, name, body);
    const { status: _, ...rest } = old as StoredKinds[P] & { readonly status?: unknown };
    const patched = mergePatch(rest, withoutPreconditions(body)) as unknown as StoredKinds[P];
    return this.#replace(plural, name, old, patched);
  }

  /** Replaces everything but status, if the object still has the given resource version. */
  update<P extends Plural>(plural: P, object: StoredKinds[P]): StoredKinds[P] {
    const old = this.#require(plural, object.metadata.name, object);
    return this.#replace(plural, object.metadata.name, old, object);
  }

  patchStatus<P extends Plural>(plural: P, name: string, body: object): StoredKinds[P] {
    const old = this.#require(plural, name, body);
    const { status: changes = {} } = body as { readonly status?: object };
    const status = mergePatch((old as { readonly status?: object }).status ?? {}, changes);
    if (canonicalJson(status) === canonicalJson((old as { readonly status?: object }).status ?? {})) return old;
    const now = this.#put(plural, name, { ...old, status });
    if (plural === "packagerevisionresourceses") this.#watch.onPageStatus(name);
    if (plural === "packagerevisions")
      this.#watch.onStatus(old as PackageRevision, status as unknown as PackageRevisionStatus);
    return now;
  }

  /** Deletes an object at once, or marks it, if finalizers keep it. */
  delete(plural: Plural, name: string, uid?: string): void {
    const old = this.get(plural, name);
    if (old === undefined) throw apiError(404, "NotFound", name);
    if (uid !== undefined && old.metadata.uid !== uid) throw apiError(409, "Conflict", name);
    if ((old.metadata.finalizers ?? []).length === 0) {
      this.#remove(plural, name);
      return;
    }
    if (old.metadata.deletionTimestamp !== undefined) return;
    const metadata = { ...old.metadata, deletionTimestamp: "2025-01-02T03:04:05Z" };
    this.#put(plural, name, { ...old, metadata } as StoredKinds[Plural]);
  }

  #replace<P extends Plural>(plural: P, name: string, old: StoredKinds[P], next: StoredKinds[P]): StoredKinds[P] {
    const isNewSpec = canonicalJson(next.spec) !== canonicalJson(old.spec);
    if (isNewSpec && plural === "packagerevisionresourceses" && viewPage(old as PackageRevisionResources).frozen)
      throw new Error(`${name} is frozen: the CRD's rule refuses this write`);
    const { uid, generation = 1, deletionTimestamp, resourceVersion } = old.metadata;
    const metadata = {
      ...next.metadata,
      uid,
      resourceVersion,
      generation: isNewSpec ? generation + 1 : generation,
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    };
    if (deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0) {
      this.#remove(plural, name);
      return { ...old, metadata } as StoredKinds[P];
    }
    const now = { ...next, metadata, status: (old as { readonly status?: object }).status } as StoredKinds[P];
    return canonicalJson(now) === canonicalJson(old) ? old : this.#put(plural, name, now);
  }

  #require<P extends Plural>(plural: P, name: string, body: object): StoredKinds[P] {
    const { uid, resourceVersion } = (body as Partial<KubeObject>).metadata ?? {};
    const old = this.get(plural, name);
    if (old === undefined) throw apiError(404, "NotFound", name);
    const isSame = (uid ?? old.metadata.uid) === old.metadata.uid;
    const isCurrent = (resourceVersion ?? old.metadata.resourceVersion) === old.metadata.resourceVersion;
    if (!isSame || !isCurrent) throw apiError(409, "Conflict", name);
    return old;
  }

  #put<P extends Plural>(plural: P, name: string, value: object): StoredKinds[P] {
    const resourceVersion = this.stored.resourceVersion + this.#step;
    const { metadata } = value as KubeObject;
    const cleaned = JSON.parse(
      JSON.stringify({ ...value, metadata: { ...metadata, resourceVersion: String(resourceVersion) } }),
    ) as StoredKinds[P];
    const all = new Map<string, object>(this.#all(plural)).set(name, cleaned);
    this.stored = { ...this.stored, [plural]: all, resourceVersion };
    this.writes++;
    if (plural === "packagerevisionresourceses") this.#watch.onPage(name);
    return cleaned;
  }

  #remove(plural: Plural, name: string): void {
    const all = new Map<string, object>(this.#all(plural));
    all.delete(name);
    this.stored = { ...this.stored, [plural]: all, resourceVersion: this.stored.resourceVersion + this.#step };
    this.writes++;
  }

  #all<P extends Plural>(plural: P): ReadonlyMap<string, StoredKinds[P]> {
    return this.stored[plural] as unknown as ReadonlyMap<string, StoredKinds[P]>;
  }

  #empty(spec: Partial<Repository["spec"]>): Stored {
    const repository = aRepository({ ...spec, contents: "All" }, { ready: condition("Ready", "True") });
    return {
      packagerevisions: new Map(),
      packagerevisionresourceses: new Map(),
      repositories: new Map([[REPOSITORY, repository]]),
      resourceVersion: 1,
    };
  }

  /** As the trailers of commits hold it. */
  #uid(): string {
    return `00000000-0000-0000-0000-${String(++this.#uids).padStart(12, "0")}`;
  }
}

function apiError(code: number, reason: string, name: string): ApiError {
  return new ApiError({ code, reason, message: `${name}: ${reason}` });
}

/** The metadata of a patch that the API server compares instead of applying it. */
function withoutPreconditions(body: object): object {
  const { metadata, ...rest } = body as Partial<KubeObject>;
  if (metadata === undefined) return rest;
  const { uid: _uid, resourceVersion: _version, ...changes } = metadata;
  return { ...rest, metadata: changes };
}
