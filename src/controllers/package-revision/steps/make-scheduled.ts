import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_CHANGED_BY, ANNOTATION_SCHEDULED_FOR, FINALIZER } from "../../../api/v1alpha1/well-known.ts";
import { scheduledDraft } from "../../../core/dependencies/scheduled-draft.ts";
import { objectName } from "../../../core/identity/names.ts";
import { isSameJson } from "../../../core/identity/same-json.ts";
import { ignoreNotFound, isAlreadyExists, isRefused } from "../../../kube/client/errors.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import type { Processed } from "../processing/process-contents.ts";
import { changersForDrafts } from "../processing/schedule-of.ts";
import type { RevisionScope } from "../scope.ts";

/**
 * Creates the drafts of packages that are to be published before this one, through the API server: they begin as any
 * other, and are the users' from then on. Their names say what they are for, so that an interrupted creation is not
 * done twice; that they were made is in status, so that a deleted one is not made again.
 */
export async function makeScheduled(
  scope: RevisionScope,
  processed: Processed | undefined,
): Promise<Processed | undefined> {
  const { graph, schedule, status } = processed ?? {};
  if (graph === undefined || schedule === undefined || status === undefined) return processed;
  const names = [...schedule.unrecorded];
  for (const { revision } of schedule.toMake) {
    const spec = scheduledDraft(graph.root.revision, revision);
    names.push(await create(scope, spec));
  }
  if (names.length === 0) return processed;
  const made = new Set([...(scope.object.status?.scheduled ?? []), ...names]);
  return { ...processed, status: { ...status, scheduled: [...made] } };
}

async function create(scope: RevisionScope, spec: PackageRevision["spec"]): Promise<string> {
  const { object, dependencies } = scope;
  const { packageRevID: id } = spec;
  const { namespace } = object.metadata;
  const name = objectName(id.repository, id, id.workspace);
  const changers = changersForDrafts(scope) ?? [];
  const annotations = {
    [ANNOTATION_SCHEDULED_FOR]: object.metadata.name,
    ...(changers.length > 0 && { [ANNOTATION_CHANGED_BY]: changers.join("\n") }),
  };
  const { apiVersion, kind } = object;
  try {
    await dependencies.client.create(packageRevisions, {
      apiVersion,
      kind,
      // With the finalizer, which would be one more write.
      metadata: { name, namespace, annotations, finalizers: [FINALIZER] },
      spec,
    });
  } catch (error) {
    if (isRefused(error))
      throw new StalledError({ reason: "DraftRefused", retry: "backoff" }, `draft ${name}: ${error.message}`);
    if (!isAlreadyExists(error)) throw error;
    const found = await ignoreNotFound(dependencies.client.get(packageRevisions, { namespace, name }));
    // Made before an interruption, for this one or another one.
    if (found === undefined || isSameJson(found.spec.packageRevID, id)) return name;
    const message = `${keyOf(found)} is there already, for another package: add ${id.package} to the target yourself`;
    throw new StalledError({ reason: "NameTaken", retry: "backoff" }, message);
  }
  return name;
}
