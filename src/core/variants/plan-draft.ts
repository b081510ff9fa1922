import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import { type DownstreamRevision, isProposal } from "./observation.ts";
import { report, type VariantReport } from "./report.ts";

/** True for a draft that nobody has touched: it can be made again. */
export function isReplaceable({ object, isOwned, isEdited }: DownstreamRevision): boolean {
  return isOwned && !isEdited && !isProposal(object) && object.metadata.deletionTimestamp === undefined;
}

/** What a variant reports of its draft or proposal, which is not published. */
export function describeDraft(draft: PackageRevision, isCurrent: boolean): VariantReport {
  const { name, creationTimestamp, deletionTimestamp } = draft.metadata;
  if (deletionTimestamp !== undefined) {
    const deleting = report("reconciling", "DraftDeleting", `draft ${name} is being deleted`);
    return { ...deleting, expectedSince: deletionTimestamp };
  }
  if (!isCurrent) return describeOutdated(draft);
  const stalled = draft.status?.conditions?.find(({ type }) => type === "Stalled");
  if (stalled !== undefined) {
    return report("stalled", "DraftStalled", `draft ${name}: ${stalled.reason}: ${stalled.message}`);
  }
  switch (draft.status?.lifecycle) {
    case undefined: {
      const ready = draft.status?.conditions?.find(({ type }) => type === "Ready");
      const message = `draft ${name} begins${ready ? `: ${ready.message}` : ""}`;
      const isExpected = ready === undefined && creationTimestamp !== undefined;
      return {
        ...report("reconciling", "DraftBeginning", message),
        ...(isExpected && { expectedSince: creationTimestamp }),
      };
    }
    case "proposed":
      return report("ready", "Proposed", `${name} is proposed: an approver publishes it`);
    default:
      return report("ready", "DraftReady", `draft ${name} is there: propose it`);
  }
}

/** The spec or the upstream has changed since, and what a user has touched is not replaced. */
function describeOutdated(draft: PackageRevision): VariantReport {
  const { name } = draft.metadata;
  const advice =
    "the variant or its upstream has changed since: publish it or delete it, and the variant makes the next draft";
  return isProposal(draft)
    ? report("stalled", "ProposalOutdated", `${name} is proposed, and ${advice}`)
    : report("stalled", "DraftEdited", `draft ${name} was edited, and ${advice}`);
}
