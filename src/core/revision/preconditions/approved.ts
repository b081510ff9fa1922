import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { Proposal } from "../../../api/v1alpha1/package-revision-status.ts";

/** True if the revision has an approval of this proposal. Who may give it, admission has checked. */
export function hasApprovalOf({ spec }: PackageRevision, proposal: Pick<Proposal, "digest">): boolean {
  return spec.approval?.digest === proposal.digest;
}

/** True for a proposal that is to be published, with an approval of what is proposed now. */
export function isApproved(object: PackageRevision): boolean {
  const { proposal } = object.status ?? {};
  return object.spec.lifecycle === "published" && proposal !== undefined && hasApprovalOf(object, proposal);
}
