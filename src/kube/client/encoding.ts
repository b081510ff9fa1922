import { apiVersionOf, type KubeObject, type Resource } from "../../api/meta.ts";
import type { Patch } from "../../core/ports/resources-client.ts";
import type { ListPage } from "./options.ts";

export const PATCH_CONTENT_TYPES = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
} as const satisfies Record<Patch["kind"], string>;

export interface ListBody<T> {
  readonly items: readonly T[] | null;
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
}

/** The media type of one object, and of the objects of a watch. */
export function acceptObject(resource: Resource): string {
  return resource.metadataOnly ? "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" : "application/json";
}

export function acceptList(resource: Resource): string {
  return resource.metadataOnly
    ? "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    : "application/json";
}

/** The media type of lists and watches that the API server prints. */
export const ACCEPT_TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1";

export function toPage<T extends KubeObject>(resource: Resource<T>, body: ListBody<T>): ListPage<T> {
  const { resourceVersion = "", continue: next = "", remainingItemCount } = body.metadata;
  // The items of a list of a built-in kind have no apiVersion and kind, unlike those of a get or a watch.
  const items = (body.items ?? []).map((item) =>
    item.kind === undefined && !resource.metadataOnly ? withType(resource, item) : item,
  );
  return { items, resourceVersion, continue: next === "" ? undefined : next, remaining: remainingItemCount };
}

/** The object with the apiVersion and kind of its resource. */
export function withType<T extends KubeObject>(resource: Resource<T>, object: T): T {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}
