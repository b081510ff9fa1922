import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { contradictedStatus } from "../../../core/revision/contradicted-status.ts";
import type { Observation } from "../../../core/revision/observation.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import type { RevisionDependencies } from "../dependencies.ts";

/**
 * Writes what the operator's record in Git says over what contradicts it in status, before anything is decided on that.
 * Returns the object as it is then; undefined where they agree. Throws `ApiError` Conflict if it has changed.
 */
export async function restoreRecord(
  { client, events }: Pick<RevisionDependencies, "client" | "events">,
  observation: Pick<Observation, "object" | "view">,
): Promise<PackageRevision | undefined> {
  const correction = contradictedStatus(observation);
  if (correction === undefined) return undefined;
  const { namespace, name, resourceVersion } = observation.object.metadata;
  const status = replacing(observation.object.status ?? {}, correction);
  const body = { metadata: { resourceVersion }, status };
  const restored = await client.patchStatus(packageRevisions, { namespace, name }, { kind: "merge", body });
  const note =
    `${Object.keys(correction).join(", ")} in status contradicted the operator's record in Git, which was restored: ` +
    "another client wrote them while an admission policy was missing, or they are from a backup";
  events.record(restored, { type: "Warning", reason: "StatusRestored", action: "Reconcile", note });
  return restored;
}

/** A merge patch keeps the members of a field that it does not name: those that the record lacks are removed. */
function replacing(current: object, correction: object): object {
  const before = new Map<string, unknown>(Object.entries(current));
  const patched = Object.entries(correction).map(([field, value]) => {
    if (typeof value !== "object" || value === null) return [field, value] as const;
    const removed = Object.keys(before.get(field) ?? {}).map((member) => [member, null] as const);
    return [field, { ...Object.fromEntries(removed), ...value }] as const;
  });
  return Object.fromEntries(patched);
}
