import type { ObjectKey, Resource } from "../../api/meta.ts";

/** The path of a collection: in one namespace, or in all if none is given. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const inNamespace =
    resource.namespaced && namespace !== undefined ? `/namespaces/${segment("namespace", namespace)}` : "";
  return `${root}/${resource.version}${inNamespace}/${resource.plural}`;
}

/**
 * The path of one object.
 * @throws Error if the namespace or name is missing or no single path segment: a DELETE would reach and empty the
 * collection.
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
