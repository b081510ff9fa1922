import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_DELETE_BRANCH, FINALIZER } from "../../../api/v1alpha1/well-known.ts";
import type { DeleteRequest, PreparedWrite } from "../../../core/ports/package-store.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { deletedDraftRetentionMs } from "../../../core/repository/deleted-drafts.ts";
import { isTagOnly } from "../../../core/repository/tag-only.ts";
import type { Blocker, RevisionView } from "../../../core/revision/observation.ts";
import { type Plan, planRevision } from "../../../core/revision/plan.ts";
import { ignoreNotFound } from "../../../kube/client/errors.ts";
import { isAccessRefused, isPushRejected } from "../../../storage/git/errors.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import { surroundingsStay } from "../../shared/surroundings.ts";
import type { RevisionDependencies } from "../dependencies.ts";
import type { Contents } from "../resources/contents.ts";
import { lifecycleChangerOf, type RevisionScope } from "../scope.ts";
import { reportDeletion } from "./report-deletion.ts";

type FinalPlan = Extract<
  Plan,
  { readonly kind: "removeFinalizer" | "deleteDraft" | "deleteUnbegun" | "deletePublished" }
>;

const FINAL: ReadonlySet<Plan["kind"]> = new Set<FinalPlan["kind"]>([
  ...(["removeFinalizer", "deleteDraft", "deleteUnbegun", "deletePublished"] as const),
]);

export function isFinalPlan(plan: Plan): plan is FinalPlan {
  return FINAL.has(plan.kind);
}

/**
 * Completes the deletion of an object: in Git where the plan says so, then its contents objects, then its finalizer.
 * False: Git has changed in the meantime, and the reconcile must be repeated.
 */
export async function finalize(
  dependencies: RevisionDependencies,
  contents: Contents,
  plan: FinalPlan,
  object: PackageRevision,
  scope: RevisionScope | undefined,
): Promise<boolean> {
  const live = await readLive(dependencies, object);
  if (live === undefined) return true;
  if (plan.kind === "removeFinalizer") {
    if (plan.blocker !== undefined) reportBlocked(dependencies, live, plan.blocker);
    if (plan.kept !== undefined && scope !== undefined) await reportKept(scope, plan.kept);
  } else if (scope !== undefined && (await stayAround(scope))) {
    const result = plan.kind === "deleteUnbegun" ? await recordDeletion(scope) : await deleteFromStore(scope);
    if (result.kind !== "written") return false;
    if (plan.kind !== "deleteUnbegun") reportDeletion(scope, live, plan, result.keptAs);
  }
  await removeFinalizer(dependencies, contents, live);
  return true;
}

/**
 * The object as the API server has it now; undefined if it is deleted. The cache may not know that yet, and then
 * branch, tag and contents of the same name belong to another object.
 */
export async function readLive(
  { client }: Pick<RevisionDependencies, "client">,
  object: PackageRevision,
): Promise<PackageRevision | undefined> {
  const { namespace, name, uid } = object.metadata;
  const live = await ignoreNotFound(client.get(packageRevisions, { namespace, name }));
  return live?.metadata.uid === uid ? live : undefined;
}

/** Deletes the revision in the store, unless that has changed in the meantime. */
async function deleteFromStore(scope: RevisionScope): ReturnType<RevisionScope["store"]["delete"]> {
  const prepare = (view: RevisionView) => prepareDeletion(scope, view);
  return await scope.releaseWorkerWhile(() => scope.store.delete(scope.object, prepare));
}

/** As far as the remote takes it: an object of which Git has nothing must not stay because of that. */
async function recordDeletion(scope: RevisionScope): ReturnType<RevisionScope["store"]["delete"]> {
  try {
    return await deleteFromStore(scope);
  } catch (error) {
    if (!isPushRejected(error) && !isAccessRefused(error)) throw error;
    return { kind: "written", value: undefined };
  }
}

function reportBlocked({ events }: RevisionDependencies, live: PackageRevision, { reason, message }: Blocker): void {
  events.record(live, { type: "Warning", reason, action: "Delete", note: `kept in Git: ${message}` });
}

/** Unless everything around it is deleted, too. */
async function reportKept(scope: RevisionScope, { ref, commit }: DraftBranch): Promise<void> {
  if (!(await stayAround(scope))) return;
  const { object, dependencies } = scope;
  const { name } = object.metadata;
  const note =
    `the branch ${ref.slice("refs/heads/".length)} stays, and is shown as a draft again: it has commits that ` +
    "pkgserver did not make, or that were pushed just now; to delete it, too, delete it with git, or delete the new " +
    `draft after: kubectl annotate --overwrite pkgrev ${name} ${ANNOTATION_DELETE_BRANCH}=${commit}`;
  dependencies.events.record(object, { type: "Normal", reason: "BranchKept", action: "Delete", note });
}

function prepareDeletion(scope: RevisionScope, view: RevisionView): PreparedWrite<DeleteRequest, undefined> {
  const plan = planRevision({
    ...scope.observation,
    view,
    policies: scope.dependencies.policies.stateFor(scope.object),
  });
  if (plan.kind === "deleteDraft") {
    const keep = deletedDraftRetentionMs(scope.observation.repository) > 0;
    return { kind: "write", request: { kind: "draft", draft: plan.draft, keep }, value: undefined };
  }
  if (plan.kind === "deleteUnbegun") return { kind: "write", request: { kind: "unbegun" }, value: undefined };
  if (plan.kind !== "deletePublished") return { kind: "abort", value: undefined };
  const tagOnly = isTagOnly(scope.observation.repository);
  const request = { kind: "published", published: plan.published, tagOnly, author: lifecycleChangerOf(scope) } as const;
  return { kind: "write", request, value: undefined };
}

/** Whether it is this object alone that is deleted. */
async function stayAround({ dependencies: { client }, object }: RevisionScope): Promise<boolean> {
  const { namespace } = object.metadata;
  const { repository } = object.spec.packageRevID;
  return await surroundingsStay(client, { namespace, repository, resource: packageRevisions });
}

/** Deletes the contents objects first: without the finalizer nothing would look for them again. */
async function removeFinalizer(
  { client }: RevisionDependencies,
  contents: Contents,
  object: PackageRevision,
): Promise<void> {
  const { namespace, name, finalizers = [], uid } = object.metadata;
  if (!finalizers.includes(FINALIZER)) return;
  await contents.remove(object);
  const rest = finalizers.filter((one) => one !== FINALIZER);
  const body = { metadata: { uid, finalizers: rest } };
  await ignoreNotFound(client.patch(packageRevisions, { namespace, name }, { kind: "merge", body }));
}
