import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { isTagOnly } from "../../../core/repository/tag-only.ts";
import type { ApprovingRule } from "../../../core/revision/approval-trailers.ts";
import type { RevisionScope } from "../scope.ts";
import { approverBlocker } from "./approver-rights.ts";
import { closeWithdrawal, preparePublication, requestPublication, voidProposal } from "./prepare-publication.ts";
import { readinessOfBlocker, resultWithBlocker, type StepResult } from "./step.ts";
import { syncPublished } from "./sync-published.ts";

/** Publishes the approved proposal: folder on main, tag, branch deleted, in one push. Then completes its objects. */
export async function publishProposal(
  given: RevisionScope,
  draft: DraftBranch,
  approved: Oid,
  rule?: ApprovingRule,
): Promise<StepResult> {
  const isRequested = given.object.spec.lifecycle === "published";
  const denied = await approverBlocker(given, { byRule: rule !== undefined });
  if (denied !== undefined) return resultWithBlocker(denied, {}, readinessOfBlocker(denied));
  const object = isRequested ? await closeWithdrawal(given) : await requestPublication(given);
  const scope = { ...given, object, observation: { ...given.observation, object } };
  const { store } = scope;
  const result = await scope.releaseWorkerWhile(async () => {
    if (!isTagOnly(scope.observation.repository)) await store.startMain(object);
    return await store.publish(object, (view) => preparePublication(scope, draft, approved, view));
  });
  if (result.value === "contentsChanged" || result.value === "othersChanged") {
    return await voidProposal(scope, result.value);
  }
  if (result.kind === "written" && rule !== undefined) reportRule(scope, object, rule);
  return await completePublication(scope);
}

/** No person asked for it. */
function reportRule(
  { dependencies: { events } }: RevisionScope,
  object: PackageRevision,
  { rule }: ApprovingRule,
): void {
  const note = `published: rule ${rule.name} (spec.approval.automatic of the Repository) has approved it`;
  events.record(object, { type: "Normal", reason: "ApprovedByRule", action: "Publish", note });
}

/** Makes the objects agree with the tag, unless Git has changed before it could be pushed. */
export async function completePublication(scope: RevisionScope): Promise<StepResult> {
  const { object, store } = scope;
  const view = await store.observe(object);
  if (view.found?.kind === "published") return await syncPublished(scope, view, view.found);
  return {
    object,
    status: {},
    readiness: { state: "reconciling", reason: "Publishing", message: "Git has changed: reconciling again" },
    again: true,
  };
}
