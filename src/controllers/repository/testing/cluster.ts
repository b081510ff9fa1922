import { type KubeObject, keyOf, type ObjectKey, type Resource } from "../../../api/meta.ts";
import type { NamespacedObjectMeta } from "../../../api/schema/schema.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Repository } from "../../../api/v1alpha1/repository.ts";
import type { Patch, ResourcesClient } from "../../../core/ports/resources-client.ts";
import { ApiError } from "../../../kube/client/errors.ts";
import { Indexer } from "../../../kube/informer/indexer.ts";
import { mergePatch } from "../../package-revision/testing/model/merge-patch.ts";
import { contentsIndexes, type SharedRevisionIndex, sharedRevisionIndexes } from "../../shared/indexes.ts";
import type { Secret } from "../../shared/kinds.ts";
import { type RepositoryIndex, repositoryIndexes } from "../indexes.ts";

/** The objects of a cluster, as informers without delay show them, and a client that changes them. */
export class FakeCluster {
  #version = 0;
  readonly repositories = new Indexer<Repository, RepositoryIndex>(repositoryIndexes);
  readonly revisions = new Indexer<PackageRevision, SharedRevisionIndex>(sharedRevisionIndexes);
  readonly contents = new Indexer<KubeObject, "owner">(contentsIndexes);
  readonly secrets = new Indexer<Secret & { readonly metadata: NamespacedObjectMeta }>({});

  readonly client: ResourcesClient = {
    get: async ({ plural }, key) => this.#find(plural, key) as never,
    create: async ({ plural }, object) => {
      if (this.#indexer(plural).get(keyOf(object)) !== undefined) throw apiError(409, "AlreadyExists");
      return this.#set(plural, object);
    },
    update: () => Promise.reject(new Error("no test needs it")),
    patch: async (resource, key, patch) => this.#patch(resource, key, patch, (object) => ({ ...object })),
    patchStatus: async (resource, key, patch) => this.#patch(resource, key, patch, ({ status }) => ({ status })),
    delete: async ({ plural }, key) => {
      this.#indexer(plural).delete(keyOf(this.#find(plural, key)));
    },
  };

  #patch<T extends KubeObject>(
    { plural }: Resource<T>,
    key: ObjectKey,
    { body }: Patch,
    pick: (body: { readonly status?: unknown }) => object,
  ): T {
    const changes = pick(withoutPreconditions(body as { readonly metadata?: object }));
    return this.#set(plural, mergePatch(this.#find(plural, key), changes) as unknown as T);
  }

  setRepository(repository: Repository): void {
    this.#set("repositories", repository);
  }

  #set<T extends KubeObject>(plural: string, object: T): T {
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#indexer(plural).set(stored);
    return stored;
  }

  #find(plural: string, { namespace, name }: ObjectKey): KubeObject {
    const found = this.#indexer(plural).get(`${namespace}/${name}`);
    if (found === undefined) throw apiError(404, "NotFound");
    return found;
  }

  #indexer(plural: string): Indexer<KubeObject> {
    const indexers = { repositories: this.repositories, packagerevisions: this.revisions, secrets: this.secrets };
    const found = Object.entries(indexers).find(([name]) => name === plural);
    if (found === undefined) throw new Error(`no test needs ${plural}`);
    return found[1] as unknown as Indexer<KubeObject>;
  }
}

function apiError(code: number, reason: string): ApiError {
  return new ApiError({ code, reason, message: reason });
}

function withoutPreconditions({ metadata, ...body }: { readonly metadata?: object }): object {
  const { resourceVersion: _, ...rest } = (metadata ?? {}) as { readonly resourceVersion?: string };
  return { metadata: rest, ...body };
}
