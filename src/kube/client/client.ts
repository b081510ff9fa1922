import type { Readable } from "node:stream";
import type { KubeObject, ObjectKey, Resource } from "../../api/meta.ts";
import { parseJson } from "../../core/identity/parse-json.ts";
import type {
  CallOptions,
  DeleteOptions,
  Patch,
  ResourcesClient,
  WriteOptions,
} from "../../core/ports/resources-client.ts";
import type { ApiRequest } from "./api-request.ts";
import {
  ACCEPT_TABLE,
  acceptList,
  acceptObject,
  type ListBody,
  PATCH_CONTENT_TYPES,
  toPage,
  withType,
} from "./encoding.ts";
import { ConnectionError } from "./errors.ts";
import type { KubeClientOptions, ListOptions, ListPage, PageOptions, Table, WatchOptions } from "./options.ts";
import { collectionPath, objectPath } from "./resource.ts";
import { RestTransport } from "./transport.ts";

/** client-go's default. */
const PAGE_SIZE = 500;

/** A write, without the options of the call. */
interface Write {
  readonly method: "POST" | "PUT" | "PATCH";
  readonly path: string;
  readonly body: object;
  readonly contentType: string;
  readonly force?: boolean;
}

/** Typed calls of the API server. Every method rejects as {@link RestTransport.send} does. */
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

  /** One page of a list; the whole list if no `limit` is given. */
  async listPage<T extends KubeObject>(resource: Resource<T>, options: PageOptions = {}): Promise<ListPage<T>> {
    const { namespace, labelSelector, fieldSelector, limit, continue: next, resourceVersion, ...call } = options;
    const body = await this.#read({
      method: "GET",
      path: collectionPath(resource, namespace),
      query: { labelSelector, fieldSelector, limit, continue: next, resourceVersion },
      accept: acceptList(resource),
      ...call,
    });
    return toPage(resource, body as ListBody<T>);
  }

  /** The whole list at one resource version, in requests of 500 objects. */
  async list<T extends KubeObject>(
    resource: Resource<T>,
    options: ListOptions = {},
  ): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }> {
    const items: T[] = [];
    let next: string | undefined;
    for (;;) {
      const page = await this.listPage(resource, {
        ...options,
        limit: PAGE_SIZE,
        ...(next !== undefined && { continue: next }),
      });
      for (const item of page.items) items.push(item);
      if (page.continue === undefined) return { items, resourceVersion: page.resourceVersion };
      next = page.continue;
    }
  }

  /** The whole list as the API server prints it, with whole objects in its rows. */
  async listTable(resource: Resource, options: ListOptions = {}): Promise<Table> {
    const { namespace, labelSelector, fieldSelector, ...call } = options;
    const query = { labelSelector, fieldSelector, includeObject: "Object", limit: PAGE_SIZE };
    const path = collectionPath(resource, namespace);
    const pages: Table[] = [];
    for (let next: string | undefined; ; ) {
      const request = { method: "GET", path, query: { ...query, continue: next }, accept: ACCEPT_TABLE } as const;
      const page = (await this.#read({ ...request, ...call })) as Table;
      pages.push({ ...page, rows: page.rows ?? [] });
      next = page.metadata.continue;
      if (next === undefined || next === "") return { ...page, rows: pages.flatMap(({ rows }) => rows) };
    }
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const path = collectionPath(resource, requireNamespace(resource, object));
    const body = withType(resource, object);
    return await this.#write(resource, { method: "POST", path, body, contentType: "application/json" }, options);
  }

  async update<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const path = objectPath(resource, objectKeyOf(object), options.subresource);
    const body = withType(resource, object);
    return await this.#write(resource, { method: "PUT", path, body, contentType: "application/json" }, options);
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    const path = objectPath(resource, key, options.subresource);
    const force = patch.kind === "apply" && patch.force === true;
    const write: Write = {
      method: "PATCH",
      path,
      body: patch.body,
      contentType: PATCH_CONTENT_TYPES[patch.kind],
      ...(force && { force }),
    };
    return await this.#write(resource, write, options);
  }

  async patchStatus<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    return await this.patch(resource, key, patch, { ...options, subresource: "status" });
  }

  async delete(resource: Resource, key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { preconditions, propagationPolicy = "Background", ...call } = options;
    const body = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy, preconditions };
    const path = objectPath(resource, key);
    await this.#transport.send({ method: "DELETE", path, body: JSON.stringify(body), ...call });
  }

  /**
   * Opens a watch, to be read with `readWatch`. Only aborting the signal ends it: it must belong to this watch alone.
   */
  async watch(resource: Resource, options: WatchOptions = {}): Promise<Readable> {
    const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, ...rest } = options;
    const { sendInitialEvents, asTable = false, ...call } = rest;
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
        ...(sendInitialEvents && { sendInitialEvents, resourceVersionMatch: "NotOlderThan" }),
        ...(asTable && { includeObject: "Object" }),
      },
      accept: asTable ? ACCEPT_TABLE : acceptObject(resource),
      ...call,
    });
  }

  /** Sends any other request, such as `/version` or an access review; returns the body as text. */
  async send(request: ApiRequest): Promise<string> {
    return await this.#transport.send(request);
  }

  /** Closes all connections; running requests and watches fail. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #write<T extends KubeObject>(resource: Resource<T>, write: Write, options: WriteOptions): Promise<T> {
    const { fieldManager = this.#fieldManager, dryRun, subresource: _, ...call } = options;
    const { force, body, ...request } = write;
    const query = { fieldManager, dryRun: dryRun ? "All" : undefined, force };
    return await this.#send(resource, { ...request, query, body: JSON.stringify(body), ...call });
  }

  async #send<T extends KubeObject>(resource: Resource<T>, request: ApiRequest): Promise<T> {
    return (await this.#read({ accept: acceptObject(resource), ...request })) as T;
  }

  async #read(request: ApiRequest): Promise<unknown> {
    const text = await this.#transport.send(request);
    try {
      return parseJson(text);
    } catch {
      // The cause quotes some of the answer, which may be a Secret.
      throw new ConnectionError(`${request.method} ${request.path}: the answer is no JSON`);
    }
  }
}

function objectKeyOf(object: KubeObject): ObjectKey {
  const { namespace, name = "" } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}

function requireNamespace(resource: Resource, object: KubeObject): string | undefined {
  const { namespace, name } = object.metadata;
  if (resource.namespaced && namespace === undefined) throw new Error(`${resource.kind} ${name}: no namespace`);
  return namespace;
}
