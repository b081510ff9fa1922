import type { KubeObject, ObjectKey, Resource } from "../../../../api/meta.ts";
import type { DeleteOptions, Patch, ResourcesClient } from "../../../../core/ports/resources-client.ts";
import { ApiError } from "../../../../kube/client/errors.ts";
import { customResourceDefinitions, namespaces, subjectAccessReviews } from "../../../shared/kinds.ts";
import type { ModelApi, Plural, StoredKinds } from "./api.ts";
import { halt } from "./threads.ts";

/** The operator's client of the model's API server. It halts before and after each write. */
export class ModelClient implements ResourcesClient {
  readonly #api: ModelApi;

  constructor(api: ModelApi) {
    this.#api = api;
  }

  async get<T extends KubeObject>(resource: Resource<T>, { name }: ObjectKey): Promise<T> {
    // They exist as long as the model does.
    if (resource.plural === namespaces.plural || resource.plural === customResourceDefinitions.plural)
      return { metadata: { name } } as T;
    const found = this.#api.get(pluralOf(resource), name);
    if (found === undefined) throw new ApiError({ code: 404, reason: "NotFound", message: name });
    return found as unknown as T;
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    // The model's users have every right, and nothing is stored.
    if (resource.plural === subjectAccessReviews.plural) return { ...object, status: { allowed: true } };
    return await write(() => this.#api.create(pluralOf(resource), object as unknown as StoredKinds[Plural]));
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    return await write(() => this.#api.update(pluralOf(resource), object as unknown as StoredKinds[Plural]));
  }

  async patch<T extends KubeObject>(resource: Resource<T>, { name }: ObjectKey, patch: Patch): Promise<T> {
    return await write(() => this.#api.patch(pluralOf(resource), name, mergeBody(patch)));
  }

  async patchStatus<T extends KubeObject>(resource: Resource<T>, { name }: ObjectKey, patch: Patch): Promise<T> {
    return await write(() => this.#api.patchStatus(pluralOf(resource), name, mergeBody(patch)));
  }

  async delete(resource: Resource, { name }: ObjectKey, { preconditions }: DeleteOptions = {}): Promise<void> {
    await write(() => this.#api.delete(pluralOf(resource), name, preconditions?.uid));
  }
}

async function write<T>(call: () => unknown): Promise<T> {
  await halt();
  const result = call();
  await halt();
  return result as T;
}

function pluralOf({ plural }: Resource): Plural {
  if (plural === "packagerevisions" || plural === "packagerevisionresourceses" || plural === "repositories")
    return plural;
  throw new Error(`the model has no ${plural}`);
}

function mergeBody(patch: Patch): object {
  if (patch.kind !== "merge") throw new Error(`the model has no ${patch.kind} patch`);
  return patch.body;
}
