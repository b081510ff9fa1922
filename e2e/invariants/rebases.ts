import { ANNOTATION_REBASE_REQUESTED_BY } from "../../src/api/v1alpha1/well-known.ts";
import { compareRevisions } from "../../src/core/identity/revision.ts";
import { isSameJson } from "../../src/core/identity/same-json.ts";
import type { Violation } from "./observation.ts";
import { conditionOf, type RepositorySituation, type RevisionSituation, type Situation } from "./situation.ts";

/**
 * 9: a draft or proposal that is Ready has the base that its commit records, says which revision it is behind, and no
 * request to rebase it is left unanswered.
 */
export function checkRebases({ repositories }: Situation): readonly Violation[] {
  // What is not synced is not known, and which tags count is for the operator to say.
  const isKnown = ({ spec }: RepositorySituation["repository"]) =>
    spec.sync?.suspend !== true && spec.verification === undefined;
  const synced = repositories.filter(({ repository }) => isKnown(repository));
  return synced.flatMap((one) => one.revisions.flatMap((revision) => checkRevision(one, revision)));
}

function checkRevision(one: RepositorySituation, { key, path, object }: RevisionSituation): readonly Violation[] {
  const { metadata, spec, status } = object;
  const found = (message: string) => [{ invariant: 9 as const, subject: key, message }];
  const isOpen = status?.lifecycle === "draft" || status?.lifecycle === "proposed";
  if (!isOpen || metadata.deletionTimestamp !== undefined || conditionOf(object, "Ready")?.status !== "True") return [];
  if (metadata.annotations?.[ANNOTATION_REBASE_REQUESTED_BY] !== undefined) {
    return found("was asked to be rebased, and has no answer");
  }
  const { workspace } = spec.packageRevID;
  const { trailers } = one.drafts.find((ref) => ref.path === path && ref.workspace === workspace) ?? {};
  const recorded = trailers?.metadata.base;
  if (recorded !== undefined && !isSameJson(recorded, status.base)) {
    return found(`is based on ${JSON.stringify(status.base)}, and its commit on ${JSON.stringify(recorded)}`);
  }
  const published = one.published.filter((ref) => ref.path === path);
  const latest = published.toSorted((a, b) => compareRevisions(a.revision, b.revision)).at(-1)?.revision;
  const expected = status.base === undefined || latest === status.base.revision ? undefined : latest;
  if (status.outdatedBy === expected) return [];
  return found(`says that it is behind ${status.outdatedBy ?? "nothing"}, and it is behind ${expected ?? "nothing"}`);
}
