import type { Condition } from "../api/conditions.ts";
import { canonicalJson } from "../core/identity/canonical-json.ts";
import type { KubeClient } from "../kube/client.ts";
import type { KubeObject, Resource } from "../kube/resource.ts";

interface WithStatus extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/**
 * Writes a status as one merge patch, if it differs; fields that are undefined are removed. Returns the object as it is
 * then. Where others have conditions in it, the patch holds only for the version that was read: `ApiError` Conflict.
 */
export async function patchStatus<T extends WithStatus>(
  client: KubeClient,
  resource: Resource<T>,
  object: T,
  status: object,
  ours: ReadonlySet<string>,
): Promise<T> {
  const before = (object.status ?? {}) as Record<string, unknown>;
  const changed = Object.entries(status).filter(
    ([key, value]) => canonicalJson(before[key] ?? null) !== canonicalJson(value ?? null),
  );
  if (changed.length === 0) return object;
  const foreign = object.status?.conditions?.some((one) => !ours.has(one.type)) ?? false;
  const { namespace = "", name = "", resourceVersion } = object.metadata;
  const body = {
    ...(foreign && { metadata: { resourceVersion } }),
    status: Object.fromEntries(changed.map(([key, value]) => [key, value ?? null])),
  };
  return await client.patchStatus(resource, { namespace, name }, { type: "merge", body });
}
