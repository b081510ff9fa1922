import type { KubeObject, Resource } from "../api/meta.ts";
import { type Condition, MAX_CONDITIONS } from "../api/v1alpha1/conditions.ts";
import { canonicalJson } from "../core/identity/canonical-json.ts";
import type { ResourcesClient } from "../core/ports/resources-client.ts";
import { isConflict } from "./client/errors.ts";

interface WithStatus extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** Attempts while other controllers write their conditions into the object. */
const MAX_ATTEMPTS = 5;

export interface PatchedStatus<T> {
  /** The version that was patched: after a conflict, another one than the caller had. */
  readonly before: T;
  /** The same if nothing differed. */
  readonly after: T;
}

/**
 * Writes a status as one merge patch; no request if nothing differs. Undefined fields are removed. A merge patch
 * replaces the whole list of conditions, including those of other controllers, and removes the members of an object
 * that it names: with either, it is bound to the resource version that was read. After a conflict it is built again
 * from the live object.
 * @param ours the condition types that `status` decides on; other conditions of the object are kept
 * @throws ApiError of the patch, Conflict after five attempts or if the object was recreated
 */
export async function patchStatus<T extends WithStatus>(
  client: ResourcesClient,
  resource: Resource<T>,
  object: T,
  status: object,
  ours: ReadonlySet<string>,
): Promise<PatchedStatus<T>> {
  const { namespace = "", name = "", uid } = object.metadata;
  let current = object;
  for (let left = MAX_ATTEMPTS; ; left--) {
    const body = buildPatch(current, status, ours);
    if (body === undefined) return { before: current, after: current };
    try {
      const patched = await client.patchStatus(resource, { namespace, name }, { kind: "merge", body });
      return { before: current, after: patched };
    } catch (error) {
      if (!isConflict(error) || left === 1) throw error;
      current = await client.get(resource, { namespace, name });
      if (current.metadata.uid !== uid) throw error;
    }
  }
}

/** Whether `patchStatus` would send a request for the object as it is here. */
export function needsPatch(object: WithStatus, status: object, ours: ReadonlySet<string>): boolean {
  return buildPatch(object, status, ours) !== undefined;
}

function buildPatch(object: WithStatus, status: object, ours: ReadonlySet<string>): object | undefined {
  const before = (object.status ?? {}) as Record<string, unknown>;
  const desired = { ...status, ...keepForeign(object, status, ours) };
  const changed = Object.entries(desired).filter(
    ([key, value]) => canonicalJson(before[key] ?? null) !== canonicalJson(value ?? null),
  );
  if (changed.length === 0) return undefined;
  const { resourceVersion } = object.metadata;
  return {
    ...(changed.some(([key, value]) => key === "conditions" || isPlainObject(value)) && {
      metadata: { resourceVersion },
    }),
    status: Object.fromEntries(changed.map(([key, value]) => [key, replaceIn(before[key], value)])),
  };
}

/** The merge patch that makes one value of another: it names the members that go. */
function replaceIn(before: unknown, after: unknown): unknown {
  if (!isPlainObject(before) || !isPlainObject(after)) return after ?? null;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...keys].map((key) => [key, replaceIn(before[key], after[key])]));
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Our desired conditions, then the other conditions of the object, up to the limit of the schema. */
function keepForeign(object: WithStatus, status: WithStatus["status"], ours: ReadonlySet<string>): object {
  if (status?.conditions === undefined) return {};
  const own = status.conditions.filter(({ type }) => ours.has(type));
  const foreign = object.status?.conditions?.filter(({ type }) => !ours.has(type)) ?? [];
  return { conditions: [...own, ...foreign.slice(0, MAX_CONDITIONS - own.length)] };
}
