import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { ANNOTATION_LIFECYCLE_CHANGED_BY } from "../../../api/v1alpha1/well-known.ts";
import { tombstoneRef } from "../../../core/identity/refs.ts";
import { shellQuote } from "../../../core/identity/shell-quote.ts";
import type { DraftBranch, PublishedRef } from "../../../core/repository/classify-ref.ts";
import type { Plan } from "../../../core/revision/plan.ts";
import type { RevisionScope } from "../scope.ts";

type Deletion = Extract<Plan, { readonly kind: "deleteDraft" | "deletePublished" }>;

/**
 * Tells by an Event what was deleted in Git. Who deleted the object is known to the API server's audit log alone; who
 * proposed that, to the object.
 *
 * @param keptAs the full name of the tag that keeps the last commit of a draft
 */
export function reportDeletion(
  { dependencies: { events }, observation }: RevisionScope,
  live: PackageRevision,
  plan: Deletion,
  keptAs: string | undefined,
): void {
  const retention = observation.repository?.spec.deletedDrafts?.retention ?? "30 days";
  const [reason, note] =
    plan.kind === "deletePublished"
      ? (["Deleted", describePublished(live, plan.published)] as const)
      : (["DraftDeleted", describeDraft(plan.draft, keptAs, retention)] as const);
  events.record(live, { type: "Normal", reason, action: "Delete", note });
}

/** With the command that restores the draft. */
function describeDraft({ ref, commit }: DraftBranch, keptAs: string | undefined, retention: string): string {
  const deleted = `the branch ${ref.slice("refs/heads/".length)}, at commit ${commit}, was deleted with its draft`;
  if (keptAs === undefined) return deleted;
  const tag = keptAs.slice("refs/tags/".length);
  return (
    `${deleted}; the tag ${tag} keeps that commit for ${retention}; to restore the draft in a clone: git fetch origin ` +
    `tag ${shellQuote(tag)} && git push origin ${shellQuote(`${keptAs}^{commit}:${ref}`)}`
  );
}

function describePublished({ metadata, status }: PackageRevision, { ref, revision, path }: PublishedRef): string {
  const by = status?.deletionProposal?.by ?? metadata.annotations?.[ANNOTATION_LIFECYCLE_CHANGED_BY];
  const who = by === undefined ? "a user who is not known" : JSON.stringify(by);
  const [tag, kept] = [ref, tombstoneRef(path, revision)].map((one) => one.slice("refs/tags/".length));
  return `the tag ${tag} was deleted, and ${kept} keeps its commit; the deletion was proposed by ${who}`;
}
