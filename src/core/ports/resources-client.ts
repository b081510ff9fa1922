import type { KubeObject, ObjectKey, Resource } from "../../api/meta.ts";

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** 30 seconds if left out. */
  readonly timeoutMs?: number;
}

export interface WriteOptions extends CallOptions {
  readonly subresource?: string;
  readonly fieldManager?: string;
  /** The server validates and admits the write, but does not store it. */
  readonly dryRun?: boolean;
}

/**
 * A merge patch (RFC 7386), a JSON patch (RFC 6902) or a server-side apply. The body of `apply` contains apiVersion and
 * kind; `force` takes over fields that other managers own.
 */
export type Patch =
  | { readonly kind: "merge"; readonly body: object }
  | { readonly kind: "json"; readonly body: readonly JsonPatchOperation[] }
  | { readonly kind: "apply"; readonly body: object; readonly force?: boolean };

export interface JsonPatchOperation {
  readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

export interface DeleteOptions extends CallOptions {
  /** The deletion is a Conflict if the object has another uid or resource version. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
}

/**
 * The calls of the API server that steps make. Each is one request, and rejects with `ApiError` for an answer that is
 * no success and with `ConnectionError` where there is no answer (the write may then have been carried out).
 */
export interface ResourcesClient {
  get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, options?: CallOptions): Promise<T>;
  /** Creates in `object.metadata.namespace`; apiVersion and kind are filled in. */
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Replaces the object. With `metadata.resourceVersion` only that version: Conflict if it has changed since. */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, patch: Patch, options?: WriteOptions): Promise<T>;
  /** Patches the status subresource. */
  patchStatus<T extends KubeObject>(
    resource: Resource<T>,
    key: ObjectKey,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T>;
  /** Requests the deletion; an object with finalizers remains until they are removed. */
  delete(resource: Resource, key: ObjectKey, options?: DeleteOptions): Promise<void>;
}
