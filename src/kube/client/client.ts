import type { Readable } from "node:stream";
import { apiVersionOf, type KubeObject, type ObjectKey, type Resource } from "../../api/meta.ts";
import type {
  CallOptions,
  DeleteOptions,
  Patch,
  ResourcesClient,
  WriteOptions,
} from "../../core/ports/resources-client.ts";
import { collectionPath, objectPath } from "./resource.ts";
import { type ApiRequest, RestTransport, type RestTransportOptions } from "./transport.ts";

export interface KubeClientOptions extends RestTransportOptions {
  /** Who writes, in managedFields. */
  readonly fieldManager?: string;
}

export interface ListOptions extends CallOptions {
  /** Left out: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface PageOptions extends ListOptions {
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Where the next page begins; undefined on the last. */
  readonly continue: string | undefined;
  readonly remaining: number | undefined;
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion?: string | undefined;
  /** Begin with the present objects, as ADDED events, and a bookmark that ends them. */
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

const patchTypes = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
} as const satisfies Record<Patch["kind"], string>;

const pageSize = 500;

/** Typed calls of the API server. Every method throws what {@link RestTransport.send} throws. */
export class KubeClient implements ResourcesClient {
  readonly #transport: RestTransport;
  readonly #fieldManager: string;

  constructor(options: KubeClientOptions) {
    this.#transport = new RestTransport(options);
    this.#fieldManager = options.fieldManager ?? "pkgserver";
  }

  async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options: CallOptions = {}): Promise<T> {
    return await this.#send(resource, { method: "GET", path: objectPath(resource, key), ...options });
  }

  /** One page of a list; all of it where no `limit` is given. */
  async listPage<T extends KubeObject>(resource: Resource<T>, options: PageOptions = {}): Promise<ListPage<T>> {
    const { namespace, labelSelector, fieldSelector, limit, continue: next, resourceVersion, ...call } = options;
    const text = await this.#transport.send({
      method: "GET",
      path: collectionPath(resource, namespace),
      query: { labelSelector, fieldSelector, limit, continue: next, resourceVersion },
      accept: acceptList(resource),
      ...call,
    });
    return toPage(resource, JSON.parse(text));
  }

  /** The whole list, page by page, as of one resource version. */
  async list<T extends KubeObject>(
    resource: Resource<T>,
    options: ListOptions = {},
  ): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }> {
    const items: T[] = [];
    let next: string | undefined;
    for (;;) {
      const page = await this.listPage(resource, {
        ...options,
        limit: pageSize,
        ...(next === undefined ? {} : { continue: next }),
      });
      for (const item of page.items) items.push(item);
      if (page.continue === undefined) return { items, resourceVersion: page.resourceVersion };
      next = page.continue;
    }
  }

  /** Creates in `object.metadata.namespace`; apiVersion and kind are filled in. */
  async create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const path = collectionPath(resource, requireNamespace(resource, object));
    return await this.#write(resource, "POST", path, withType(resource, object), "application/json", options);
  }

  /** Replaces the object; only if it is still at `metadata.resourceVersion`, where that is given. */
  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const path = objectPath(resource, keyFields(object), options.subresource);
    return await this.#write(resource, "PUT", path, withType(resource, object), "application/json", options);
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    const path = objectPath(resource, key, options.subresource);
    const force = patch.kind === "apply" && patch.force === true ? { force: true } : {};
    return await this.#write(resource, "PATCH", path, patch.body, patchTypes[patch.kind], options, force);
  }

  async patchStatus<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    return await this.patch(resource, key, patch, { ...options, subresource: "status" });
  }

  /** Asks for the deletion; an object with finalizers goes later. */
  async delete(resource: Resource, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { preconditions, propagationPolicy = "Background", ...call } = options;
    const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy, preconditions };
    const path = objectPath(resource, key);
    await this.#transport.send({ method: "DELETE", path, body: JSON.stringify(body), ...call });
  }

  /** Opens a watch; its lines are read by `readWatch`. Abort the signal, one of this watch's own, to end it. */
  async watch(resource: Resource, options: WatchOptions = {}): Promise<Readable> {
    const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, ...rest } = options;
    const { sendInitialEvents, ...call } = rest;
    const initial = sendInitialEvents ? { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" } : {};
    return await this.#transport.stream({
      method: "GET",
      path: collectionPath(resource, namespace),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        labelSelector,
        fieldSelector,
        resourceVersion,
        timeoutSeconds,
        ...initial,
      },
      accept: acceptObject(resource),
      ...call,
    });
  }

  /** Anything else the API server answers, as text: `/version`, `/openapi/v3`, access reviews, tables. */
  async send(request: ApiRequest): Promise<string> {
    return await this.#transport.send(request);
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #write<T extends KubeObject>(
    resource: Resource<T>,
    method: "POST" | "PUT" | "PATCH",
    path: string,
    body: object,
    contentType: string,
    options: WriteOptions,
    more: Readonly<Record<string, boolean>> = {},
  ): Promise<T> {
    const { fieldManager = this.#fieldManager, dryRun, subresource: _, ...call } = options;
    const query = { fieldManager, dryRun: dryRun ? "All" : undefined, ...more };
    return await this.#send(resource, { method, path, query, contentType, body: JSON.stringify(body), ...call });
  }

  async #send<T extends KubeObject>(resource: Resource<T>, request: ApiRequest): Promise<T> {
    return JSON.parse(await this.#transport.send({ accept: acceptObject(resource), ...request })) as T;
  }
}

function acceptObject(resource: Resource): string {
  return resource.metadataOnly ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" : "application/json";
}

function acceptList(resource: Resource): string {
  return resource.metadataOnly
    ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    : "application/json";
}

interface ListBody<T> {
  readonly items: readonly T[] | null;
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
}

function toPage<T extends KubeObject>(resource: Resource<T>, body: ListBody<T>): ListPage<T> {
  const { resourceVersion = "", continue: next = "", remainingItemCount } = body.metadata;
  // Lists of built-in kinds leave out what their watches and gets have.
  const items = (body.items ?? []).map((item) =>
    item.kind === undefined && !resource.metadataOnly ? withType(resource, item) : item,
  );
  return { items, resourceVersion, continue: next === "" ? undefined : next, remaining: remainingItemCount };
}

function withType<T extends KubeObject>(resource: Resource<T>, object: T): T {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}

function keyFields(object: KubeObject): ObjectKey {
  const { namespace, name = "" } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}

function requireNamespace(resource: Resource, object: KubeObject): string | undefined {
  const { namespace, name } = object.metadata;
  if (resource.namespaced && namespace === undefined) throw new Error(`${resource.kind} ${name}: no namespace`);
  return namespace;
}
