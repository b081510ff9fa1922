import type { KubeObject, Resource } from "../api/meta.ts";
import { type Condition, MAX_CONDITIONS } from "../api/v1alpha1/conditions.ts";
import { canonicalJson } from "../core/identity/canonical-json.ts";
import type { ResourcesClient } from "../core/ports/resources-client.ts";
import { isConflict } from "./client/errors.ts";

interface WithStatus extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** Tries at a status while others write conditions of their own into the object. */
const MAX_TRIES = 5;

/**
 * Writes a status as one merge patch, if it differs; fields that are undefined are removed. Returns the object as it is
 * then. A merge patch replaces all conditions, those of others too: so one with conditions holds only for the version
 * whose conditions were read, and is made again from a newer one. Throws `ApiError` Conflict where there is no end to that.
 */
export async function patchStatus<T extends WithStatus>(
  client: ResourcesClient,
  resource: Resource<T>,
  object: T,
  status: object,
  ours: ReadonlySet<string>,
): Promise<T> {
  const { namespace = "", name = "", uid } = object.metadata;
  let current = object;
  for (let left = MAX_TRIES; ; left--) {
    const body = describePatch(current, status, ours);
    if (body === undefined) return current;
    try {
      return await client.patchStatus(resource, { namespace, name }, { kind: "merge", body });
    } catch (error) {
      if (!isConflict(error) || left === 1) throw error;
      current = await client.get(resource, { namespace, name });
      if (current.metadata.uid !== uid) throw error;
    }
  }
}

function describePatch(object: WithStatus, status: object, ours: ReadonlySet<string>): object | undefined {
  const before = (object.status ?? {}) as Record<string, unknown>;
  const wanted = { ...status, ...keepForeign(object, status, ours) };
  const changed = Object.entries(wanted).filter(
    ([key, value]) => canonicalJson(before[key] ?? null) !== canonicalJson(value ?? null),
  );
  if (changed.length === 0) return undefined;
  const { resourceVersion } = object.metadata;
  return {
    ...(changed.some(([key]) => key === "conditions") && { metadata: { resourceVersion } }),
    status: Object.fromEntries(changed.map(([key, value]) => [key, value ?? null])),
  };
}

/** Our conditions as they are wanted, and those of others as the object has them: as many as there is room for beside ours. */
function keepForeign(object: WithStatus, status: WithStatus["status"], ours: ReadonlySet<string>): object {
  if (status?.conditions === undefined) return {};
  const own = status.conditions.filter((one) => ours.has(one.type));
  const foreign = object.status?.conditions?.filter((one) => !ours.has(one.type)) ?? [];
  return { conditions: [...own, ...foreign.slice(0, MAX_CONDITIONS - own.length)] };
}
