import type { ObjectKey, Resource } from "../../../api/meta.ts";
import { type PackageRevision, packageRevisionKind } from "../../../api/v1alpha1/package-revision.ts";
import { FINALIZER } from "../../../api/v1alpha1/well-known.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { planRevision } from "../../../core/revision/plan.ts";
import { ignoreNotFound } from "../../../kube/client/errors.ts";
import { deleteDraftChange, deletePublishedChange } from "../../../storage/git/package-store/package-changes.ts";
import type { GitChange } from "../../../storage/git/push/change.ts";
import { customResourceDefinitions, namespaces, packageRevisions, repositories } from "../../shared/kinds.ts";
import type { PackageRevisionContext } from "../context.ts";
import type { Contents } from "../resources/contents.ts";
import { changerOf, pushPlanned, type RevisionScope } from "../scope.ts";

/**
 * The object as the API server has it; undefined if it is gone. The cache may not know that yet, and what there is by now
 * under the same name, in Git and as contents, is another object's.
 */
export async function readLive(
  operator: PackageRevisionContext,
  object: PackageRevision,
): Promise<PackageRevision | undefined> {
  const { namespace, name, uid } = object.metadata;
  const live = await ignoreNotFound(operator.client.get(packageRevisions, { namespace, name }));
  return live?.metadata.uid === uid ? live : undefined;
}

/**
 * Deletes in Git what the object stood for; only if everything around it is there to stay. False: Git has moved, so that the
 * reconcile must look again.
 */
export async function deleteInGit(session: RevisionScope): Promise<boolean> {
  if (!(await surroundingsStay(session.context, session.object))) return true;
  const refs = await session.releaseWorkerWhile(() =>
    pushPlanned(session, "delete", (view) => planChange(session, view)),
  );
  return refs !== undefined;
}

function planChange(session: RevisionScope, view: RevisionView): GitChange | undefined {
  const plan = planRevision({ ...session.observation, view });
  if (plan.kind === "deleteDraft") return deleteDraftChange(view, plan.draft);
  if (plan.kind !== "deletePublished") return undefined;
  const tagOnly = session.observation.repository?.spec.publish === "tagOnly";
  return deletePublishedChange(view, plan.published, { tagOnly, author: changerOf(session) });
}

/** Asks the API server itself, since a cache may not know yet that all of it is going: then Git is left alone. */
async function surroundingsStay(operator: PackageRevisionContext, object: PackageRevision): Promise<boolean> {
  const { namespace } = object.metadata;
  const crd = { name: `${packageRevisionKind.plural}.${packageRevisionKind.group}` };
  const stays = async (resource: Resource, key: ObjectKey) => {
    const found = await ignoreNotFound(operator.client.get(resource, key));
    return found !== undefined && found.metadata.deletionTimestamp === undefined;
  };
  const all = await Promise.all([
    stays(namespaces, { name: namespace }),
    stays(repositories, { namespace, name: object.spec.packageRevID.repository }),
    stays(customResourceDefinitions, crd),
  ]);
  return all.every((one) => one);
}

/** Lets the object go: its contents objects first, then its finalizer. */
export async function removeFinalizer(
  operator: PackageRevisionContext,
  contents: Contents,
  object: PackageRevision,
): Promise<void> {
  const { namespace, name, finalizers = [], uid } = object.metadata;
  if (!finalizers.includes(FINALIZER)) return;
  await contents.remove(object);
  const rest = finalizers.filter((one) => one !== FINALIZER);
  const patch = { kind: "merge", body: { metadata: { uid, finalizers: rest } } } as const;
  await ignoreNotFound(operator.client.patch(packageRevisions, { namespace, name }, patch));
}
