import { ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { metadataDigest } from "../../../core/revision/recorded-metadata.ts";
import { checkFiles } from "../checks/report-files.ts";
import { UNACKNOWLEDGED } from "../resources/contents.ts";
import { mergeProposal } from "../resources/merge-edits.ts";
import type { RevisionScope, StepResult } from "../scope.ts";
import { commitEdits } from "./commit-edits.ts";
import { commitStatus, lookAgain, refuseEdits, showDraft } from "./sync-draft.ts";

/** Freezes the contents, commits exactly what is frozen, and makes that the proposal. */
export async function proposeDraft(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
): Promise<StepResult> {
  const { object, contents, now } = session;
  const present = await contents.read(object);
  if (present.length === 0) return await showDraft(session, view, draft);
  // What was refused before is looked at before it is frozen again: whoever mends it must be able to write.
  if ((object.status?.waitingFor ?? []).length > 0) {
    const before = await mergeProposal(session, view, draft, present);
    if ("problems" in before) return await refuseEdits(session, present, before.problems);
  }
  // What these responses hold is what nobody can change any more.
  const pages = await contents.note(object, present, { frozen: true }, UNACKNOWLEDGED);
  const merged = await mergeProposal(session, view, draft, pages);
  if ("problems" in merged) return await refuseEdits(session, pages, merged.problems);
  const by = object.metadata.annotations?.[ANNOTATION_PROPOSED_BY];
  const done = await commitEdits(session, view, draft, pages, merged, "proposed");
  if (done === undefined) return lookAgain();
  const { commit, read, digest } = done;
  const report = checkFiles(session, commit, read.files);
  if (merged.rewrite) {
    // Others pushed meanwhile: the objects show all of it before anybody reviews them.
    const open = await contents.note(object, pages, { frozen: false });
    await contents.replaceFiles(object, open, read.shown, { frozen: true, commit, hidden: read.hidden, report });
  } else {
    await contents.note(object, pages, { frozen: true, commit, hidden: read.hidden, report, error: undefined });
  }
  const proposal = { digest, commit, ...(by !== undefined && { by }), at: done.proposedAt ?? now };
  return {
    status: {
      lifecycle: "proposed",
      ...commitStatus(commit, read, digest),
      metadataDigest: metadataDigest(object),
      proposal,
      waitingFor: undefined,
    },
    readiness: { state: "ready", reason: "Proposed", message: `waits for approval of ${digest}` },
    report,
    again: object.spec.lifecycle === "published",
  };
}
