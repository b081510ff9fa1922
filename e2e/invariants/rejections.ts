import { ANNOTATION_REJECTION_REASON } from "../../src/api/v1alpha1/well-known.ts";
import type { Violation } from "./observation.ts";
import type { RepositorySituation, RevisionSituation, Situation } from "./situation.ts";

/** 9: a draft says of its last rejection what its commit says, and no reason waits for the next one. */
export function checkRejections({ repositories }: Situation): readonly Violation[] {
  return repositories.flatMap((one) => one.revisions.flatMap((revision) => checkRevision(one, revision)));
}

function checkRevision(one: RepositorySituation, { key, path, object }: RevisionSituation): readonly Violation[] {
  const { metadata, spec, status } = object;
  const found = (message: string) => [{ invariant: 9 as const, subject: key, message }];
  const isDraft = status?.lifecycle === "draft" && (spec.lifecycle ?? "draft") === "draft";
  if (isDraft && metadata.annotations?.[ANNOTATION_REJECTION_REASON] !== undefined) {
    return found("still has the annotation with the reason of a rejection that is recorded");
  }
  const { workspace } = spec.packageRevID;
  const { trailers } = one.drafts.find((ref) => ref.path === path && ref.workspace === workspace) ?? {};
  if (status?.rejected === undefined || trailers?.returnedBy === undefined) return [];
  const named = [trailers.returnedBy, trailers.returnReason].filter((text) => text !== undefined);
  const missing = named.filter((text) => status.rejected?.includes(JSON.stringify(text)) !== true);
  return missing.length === 0 ? [] : found(`its rejection is shown as ${status.rejected}, and recorded as by ${named}`);
}
