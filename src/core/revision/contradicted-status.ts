import type { PackageRevisionStatus, Proposal } from "../../api/v1alpha1/package-revision-status.ts";
import { isSameJson } from "../identity/same-json.ts";
import type { DraftBranch } from "../repository/classify-ref.ts";
import type { Observation } from "./observation.ts";
import { recordedLifecycle } from "./plan.ts";

/** The fields of a status as the operator's record in Git has them; null: it has none. */
export type StatusCorrection = {
  readonly [Field in "lifecycle" | "revision" | "base" | "upstreamLock" | "proposal"]?:
    | PackageRevisionStatus[Field]
    | null;
};

/**
 * What the status of a draft or proposal says, and the operator's signed record in Git contradicts: another client has
 * written it while no admission policy kept it from that, or it is from a backup. Undefined where they agree.
 *
 * A status is never ahead of the record, which is pushed before it is written.
 */
export function contradictedStatus({
  object,
  view,
}: Pick<Observation, "object" | "view">): StatusCorrection | undefined {
  const found = view?.found;
  const { status, metadata } = object;
  if (found?.kind !== "draft" || status?.lifecycle === undefined || metadata.deletionTimestamp !== undefined) {
    return undefined;
  }
  const { base, upstreamLock } = found.metadata ?? {};
  const hasLock = upstreamLock !== undefined || found.trailers !== undefined;
  const correction = {
    ...(base !== undefined && !isSameJson(base, status.base) && { base }),
    ...(hasLock && !isSameJson(upstreamLock, status.upstreamLock) && { upstreamLock: upstreamLock ?? null }),
    ...lifecycleOf(found, object.spec.packageRevID.revision, status),
  };
  return Object.keys(correction).length === 0 ? undefined : correction;
}

function lifecycleOf(
  { commit, trailers }: DraftBranch,
  revision: string | undefined,
  { lifecycle, proposal }: PackageRevisionStatus,
): StatusCorrection {
  if (trailers === undefined) return {};
  // The operator sets the number in the ID before status says that it is published.
  if (lifecycle === "published" || lifecycle === "deletionProposed") {
    const recorded = recordedLifecycle({ trailers });
    return revision === undefined ? { lifecycle: recorded, revision: null, proposal: null } : {};
  }
  if (lifecycle !== "proposed" || proposal?.commit !== commit) return {};
  if (trailers.lifecycle !== "proposed") return { lifecycle: "draft", proposal: null };
  const { proposalDigest: digest, proposedBy: by, proposedAt: at = proposal.at } = trailers;
  if (digest === undefined) return {};
  const recorded: Proposal = { digest, commit, ...(by !== undefined && { by }), at };
  return isSameJson(recorded, proposal) ? {} : { proposal: recorded };
}
