import { keyOf } from "../../../api/meta.ts";
import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import {
  ANNOTATION_CHANGED_BY,
  ANNOTATION_PROPOSED_BY,
  ANNOTATION_SCHEDULED_FOR,
  FINALIZER,
} from "../../../api/v1alpha1/well-known.ts";
import { scheduledDraft } from "../../../core/dependencies/scheduled-draft.ts";
import { objectName } from "../../../core/identity/names.ts";
import { isSameJson } from "../../../core/identity/same-json.ts";
import { ignoreNotFound, isAlreadyExists, isForbidden, isRefused } from "../../../kube/client/errors.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import type { Processed } from "../processing/process-contents.ts";
import { changersForDrafts } from "../processing/schedule-of.ts";
import type { RevisionScope } from "../scope.ts";
import { isAllowed, isServiceAccount } from "./access-review.ts";

type Scope = Pick<RevisionScope, "object" | "observation" | "dependencies">;

interface Scheduled {
  readonly processed: Processed | undefined;
  /** Not all could be made: once those that were are recorded, the next try says why. */
  readonly again: boolean;
}

/**
 * Creates the drafts of packages that are to be published before this one, through the API server: they begin as any
 * other, and are the users' from then on. Their names say what they are for, so that an interrupted creation is not
 * done twice; that they were made is in status, so that a deleted one is not made again.
 */
export async function makeScheduled(scope: Scope, processed: Processed | undefined): Promise<Scheduled> {
  const { graph, schedule, status } = processed ?? {};
  if (graph === undefined || schedule === undefined || status === undefined) return { processed, again: false };
  const names = [...schedule.unrecorded];
  let again = false;
  try {
    if (schedule.toMake.length > 0) await assertMayCreate(scope);
    for (const { revision } of schedule.toMake) {
      const spec = scheduledDraft(graph.root.revision, revision);
      names.push(await create(scope, spec));
    }
  } catch (error) {
    if (names.length === 0) throw error;
    again = true;
  }
  if (names.length === 0) return { processed, again };
  const made = new Set([...(scope.object.status?.scheduled ?? []), ...names]);
  return { processed: { ...processed, status: { ...status, scheduled: [...made] } }, again };
}

/**
 * Whoever proposes has the drafts made: a ServiceAccount needs the right to create them itself, and must not get around
 * that by leaving out its name where no policy sets it. The groups of people are not known, so that a refusal would say
 * nothing.
 */
async function assertMayCreate({ object, dependencies: { client } }: Scope): Promise<void> {
  const { namespace = "", annotations } = object.metadata;
  const proposer = annotations?.[ANNOTATION_PROPOSED_BY];
  if (proposer === undefined) {
    const message =
      "nobody is known to propose this: make it a draft again, and set the annotation " +
      `${ANNOTATION_PROPOSED_BY} to your name as you propose it`;
    throw new StalledError({ reason: "DraftRefused", retry: "backoff" }, message);
  }
  if (!isServiceAccount(proposer)) return;
  try {
    if (await isAllowed(client, proposer, { verb: "create", namespace })) return;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const message = "the operator may not create SubjectAccessReviews: its ClusterRole is of another version";
    throw new StalledError({ reason: "DraftRefused", retry: "backoff" }, message);
  }
  const message =
    `${proposer} proposes this, and may not create packagerevisions in namespace ${namespace}: the drafts that are ` +
    "missing are not made for it; add the packages to the target, or have a user with that right propose";
  throw new StalledError({ reason: "DraftRefused", retry: "backoff" }, message);
}

async function create(scope: Scope, spec: PackageRevision["spec"]): Promise<string> {
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
