import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import {
  ANNOTATION_CONFIRM_BASE,
  ANNOTATION_CONFIRMED_BY,
  ANNOTATION_REBASE_REQUESTED_BY,
} from "../../../api/v1alpha1/well-known.ts";
import { packageRevisions } from "../../shared/kinds.ts";
import type { RevisionDependencies } from "../dependencies.ts";

type Dependencies = Pick<RevisionDependencies, "client" | "events" | "policies">;

/**
 * Removes the verdicts of all gates, the confirmation of a base, further approvals and the request to rebase, if they
 * were there while no admission policy checked who may give them: gate programs judge again what has no verdict, and
 * users confirm, approve and ask again. Returns the object as it is then.
 */
export async function removeVoidGrants(dependencies: Dependencies, object: PackageRevision): Promise<PackageRevision> {
  const grants = dependencies.policies.voidGrants(object);
  const judged = grants.includes("verdicts") ? await removeVerdicts(dependencies, object) : object;
  const confirmed = grants.includes("confirmation") ? await removeConfirmation(dependencies, judged) : judged;
  const approved = grants.includes("approvals") ? await removeApprovals(dependencies, confirmed) : confirmed;
  return grants.includes("rebase") ? await removeRebase(dependencies, approved) : approved;
}

async function removeVerdicts({ client, events }: Dependencies, object: PackageRevision): Promise<PackageRevision> {
  const { namespace, name } = object.metadata;
  const gates = (object.status?.gates ?? []).map(({ conditionType }) => conditionType).join(", ");
  const patch = { kind: "merge", body: { status: { gates: null } } } as const;
  const changed = await client.patchStatus(packageRevisions, { namespace, name }, patch);
  const note =
    `the verdicts of ${gates} were removed, since they were there while the admission policy pkgserver-gates was ` +
    "missing, and nobody has checked by whom they were written: the gate programs set them again";
  events.record(changed, { type: "Warning", reason: "VerdictsRemoved", action: "Reconcile", note });
  return changed;
}

async function removeConfirmation(dependencies: Dependencies, object: PackageRevision): Promise<PackageRevision> {
  const annotations = { [ANNOTATION_CONFIRM_BASE]: null, [ANNOTATION_CONFIRMED_BY]: null };
  const note =
    `the annotation ${ANNOTATION_CONFIRM_BASE} was removed, since it was there while the admission policy ` +
    "pkgserver-approval-ahead was missing, and nobody has checked who set it: an approver may set it again";
  return await remove(dependencies, object, { metadata: { annotations } }, { reason: "ConfirmationRemoved", note });
}

async function removeApprovals(dependencies: Dependencies, object: PackageRevision): Promise<PackageRevision> {
  const by = Object.keys(object.spec.approvals ?? {}).map((user) => JSON.stringify(user));
  const note =
    `the approvals in spec.approvals, of ${by.join(", ")}, were removed, since they were there while the admission ` +
    "policy pkgserver-co-approval was missing, and nobody has checked who gave them: these users may approve again";
  return await remove(dependencies, object, { spec: { approvals: null } }, { reason: "ApprovalRevoked", note });
}

async function removeRebase(dependencies: Dependencies, object: PackageRevision): Promise<PackageRevision> {
  const note =
    `the annotation ${ANNOTATION_REBASE_REQUESTED_BY} was removed, since it was there while the admission policy ` +
    "pkgserver-rebase was missing, and nobody has checked who set it: whoever may edit the draft may ask again";
  const annotations = { [ANNOTATION_REBASE_REQUESTED_BY]: null };
  return await remove(dependencies, object, { metadata: { annotations } }, { reason: "RebaseRequestRemoved", note });
}

async function remove(
  { client, events }: Dependencies,
  { metadata: { namespace, name } }: PackageRevision,
  body: object,
  event: { readonly reason: string; readonly note: string },
): Promise<PackageRevision> {
  const changed = await client.patch(packageRevisions, { namespace, name }, { kind: "merge", body });
  events.record(changed, { type: "Warning", action: "Reconcile", ...event });
  return changed;
}
