import type { Resource } from "../../api/meta.ts";
import { parseJson } from "../../core/identity/parse-json.ts";
import type { KubeClient } from "../client/client.ts";
import { ApiError } from "../client/errors.ts";
import { collectionPath, objectPath } from "../client/resource.ts";

/** Objects of any kind that the API server serves. */
export interface WantedObjects {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent: all of the kind. */
  readonly name?: string;
  /** Absent: of all namespaces, or an object without one. */
  readonly namespace?: string;
}

export type ObjectOfCluster = Readonly<Record<string, unknown>>;

const MAX_BYTES = 2 * 1024 * 1024;
const TIMEOUT_MS = 5_000;
/** A list with more objects is refused. */
const MAX_OBJECTS = 500;

/** Objects of one kind that a label selector matches. */
export interface SelectedObjects extends Pick<WantedObjects, "apiVersion" | "kind" | "namespace"> {
  readonly labelSelector: string;
  /** With `metadata` alone, as the API server leaves everything else out. */
  readonly isMetadataOnly: boolean;
}

const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
/** An object may have 1.5 MiB; most have some KiB. */
const PAGE_SIZE = 50;
const MAX_PAGE_BYTES = 16 * 1024 * 1024;
const MAX_SELECTED = 2000;
/** An API server that another one stands behind decides itself how much is on a page. */
const MAX_PAGES = 200;

/** The API server does not serve the kind; its CustomResourceDefinition may be gone for a moment. */
export class NotServedError extends Error {}

/** A list with more objects, or an answer with more bytes, than are read. */
export class TooManyObjectsError extends Error {}

/**
 * Reads objects: an empty list where there are none, or no such kind. Two requests for the first of an apiVersion, then
 * one. Rejects as `KubeClient.send` does.
 */
export class ObjectReader {
  readonly #client: Pick<KubeClient, "send">;
  /** What the API server serves in a group and version. */
  readonly #discovered = new Map<string, Promise<readonly Resource[]>>();

  constructor(client: Pick<KubeClient, "send">) {
    this.#client = client;
  }

  async read(wanted: WantedObjects): Promise<readonly ObjectOfCluster[]> {
    const { apiVersion, kind, name, namespace } = wanted;
    const served = (await this.#kindsOf(apiVersion)).find((one) => one.kind === kind);
    if (served === undefined) return [];
    // An object of another scope does not exist.
    if (name !== undefined && served.namespaced !== (namespace !== undefined)) return [];
    if (name !== undefined) {
      const object = await this.#get(objectPath(served, { name, ...(namespace !== undefined && { namespace }) }));
      return object === undefined ? [] : [object];
    }
    const list = await this.#get(collectionPath(served, namespace), { limit: MAX_OBJECTS });
    const { items = [], metadata } = (list ?? {}) as ObjectList;
    if (metadata?.continue) throw new TooManyObjectsError(`there are more than ${MAX_OBJECTS} of them`);
    // The items of a list have no type of their own.
    return items.map((item) => ({ apiVersion, kind, ...item }));
  }

  /**
   * All objects that a selector matches, in pages of which each is cut to what `keep` returns. `namespace` absent: of
   * all namespaces. Rejects with `NotServedError`, `TooManyObjectsError` for more than 2,000, and as `send` does.
   */
  async select<T>(wanted: SelectedObjects, keep: (object: ObjectOfCluster) => T | undefined): Promise<readonly T[]> {
    const { apiVersion, kind, namespace, labelSelector, isMetadataOnly } = wanted;
    const served = (await this.#kindsOf(apiVersion)).find((one) => one.kind === kind);
    if (served === undefined) throw new NotServedError(`the API server has no kind ${kind} of ${apiVersion}`);
    const path = collectionPath(served, served.namespaced ? namespace : undefined);
    const found: T[] = [];
    let next: string | undefined;
    for (let page = 0; page === 0 || next !== undefined; page++) {
      if (page >= MAX_PAGES) throw new TooManyObjectsError(`they come in more than ${MAX_PAGES} pages`);
      const query = { limit: PAGE_SIZE, labelSelector: labelSelector || undefined, continue: next };
      const list = (await this.#get(path, query, isMetadataOnly)) as ObjectList | undefined;
      if (list === undefined) throw new NotServedError(`the API server has no ${path}`);
      found.push(...(list.items ?? []).flatMap((item) => keep(item) ?? []));
      if (found.length > MAX_SELECTED) throw new TooManyObjectsError(`there are more than ${MAX_SELECTED} of them`);
      next = list.metadata?.continue || undefined;
    }
    return found;
  }

  async #kindsOf(apiVersion: string): Promise<readonly Resource[]> {
    const known = this.#discovered.get(apiVersion);
    if (known !== undefined) return await known;
    const reading = this.#discover(apiVersion);
    this.#discovered.set(apiVersion, reading);
    return await reading;
  }

  async #discover(apiVersion: string): Promise<readonly Resource[]> {
    const [version = "", group = ""] = apiVersion.split("/").reverse();
    const root = collectionPath({ group, version, plural: "", kind: "", namespaced: false }).slice(0, -1);
    const list = (await this.#get(root)) as DiscoveryList | undefined;
    return (list?.resources ?? []).flatMap(({ name: plural, kind, namespaced }) =>
      plural.includes("/") ? [] : [{ group, version, plural, kind, namespaced }],
    );
  }

  async #get(path: string, query = {}, isMetadataOnly?: boolean): Promise<ObjectOfCluster | undefined> {
    const limits = { maxBytes: isMetadataOnly === undefined ? MAX_BYTES : MAX_PAGE_BYTES, timeoutMs: TIMEOUT_MS };
    const accept = isMetadataOnly === true ? { accept: METADATA_ONLY } : {};
    try {
      const text = await this.#client.send({ method: "GET", path, query, ...accept, ...limits });
      return parseJson(text) as ObjectOfCluster;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }
}

interface DiscoveryList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

interface ObjectList {
  readonly items?: readonly ObjectOfCluster[];
  readonly metadata?: { readonly continue?: string };
}
