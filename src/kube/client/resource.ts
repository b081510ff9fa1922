declare const objectType: unique symbol;

/** Where one kind lives on the API server, and (in the type only) what its objects look like. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Ask for `PartialObjectMetadata` in place of whole objects; see {@link asPartialMetadata}. */
  readonly metadataOnly?: boolean;
  readonly [objectType]?: T;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly unknown[];
}

export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** An object by name; `namespace` is left out for what is cluster-scoped. */
export interface ObjectKey {
  readonly namespace?: string;
  readonly name: string;
}

/** The same resource, of which only the metadata is fetched, listed and watched. */
export function asPartialMetadata(resource: Resource): Resource<KubeObject> {
  return { ...resource, metadataOnly: true };
}

export function apiVersionOf(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** `namespace/name`, or `name` for what is cluster-scoped: the key of stores and queues. */
export function keyOf(object: KubeObject): string {
  const { namespace, name = "" } = object.metadata;
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/** Reads back what {@link keyOf} wrote. */
export function parseKey(key: string): ObjectKey {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The path of a collection: of one namespace, or of all when none is given. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const inNamespace =
    resource.namespaced && namespace !== undefined ? `/namespaces/${segment("namespace", namespace)}` : "";
  return `${root}/${resource.version}${inNamespace}/${resource.plural}`;
}

/**
 * The path of one object.
 * @throws where a namespace or name is missing or no path segment: the request would reach the collection, and a delete empty it.
 */
export function objectPath(resource: Resource, key: ObjectKey, subresource?: string): string {
  if (resource.namespaced && key.namespace === undefined) throw new Error(`${resource.kind} ${key.name}: no namespace`);
  const path = `${collectionPath(resource, key.namespace)}/${segment("name", key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

function segment(what: string, value: string): string {
  if (value === "" || value === "." || value === ".." || value.includes("/")) {
    throw new Error(`not a ${what}: ${JSON.stringify(value)}`);
  }
  return encodeURIComponent(value);
}
