import type { KubeObject, Resource } from "../../api/meta.ts";
import type { ResourcesClient } from "../../core/ports/resources-client.ts";

/** The object with the finalizer. Throws `ApiError` Conflict if it has changed since it was read. */
export async function addFinalizer<T extends KubeObject>(
  client: Pick<ResourcesClient, "patch">,
  resource: Resource<T>,
  object: T,
  finalizer: string,
): Promise<T> {
  const { finalizers = [], namespace = "", name = "", resourceVersion } = object.metadata;
  if (finalizers.includes(finalizer)) return object;
  const body = { metadata: { resourceVersion, finalizers: [...finalizers, finalizer] } };
  return await client.patch(resource, { namespace, name }, { kind: "merge", body });
}
