import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { RevisionScope } from "../scope.ts";
import { returnedReadyOf } from "./returned-draft.ts";
import type { StepResult } from "./step.ts";
import { unattributedNote } from "./unattributed.ts";

/** Ready of a draft whose contents objects show its branch. */
export function draftReadiness(scope: RevisionScope, draft: DraftBranch, files: number | undefined) {
  const note = unattributedNote(scope);
  const returned = returnedReadyOf(scope.object.status);
  if (returned === undefined) return draftReady(draft, files, note);
  return { ...returned, message: `${returned.message}${elsewhereNote(draft)}${note}` };
}

/**
 * The same for a draft that was just begun: another message would be one more write of its status.
 * @param note continues the message
 */
export function draftReady(
  draft: Pick<DraftBranch, "ref" | "trailers">,
  files: number | undefined,
  note = "",
): StepResult["readiness"] {
  const empty = files === 0 ? "; it has no files yet" : "";
  const branch = draft.ref.slice("refs/heads/".length);
  return { state: "ready", reason: "Draft", message: `branch ${branch}${empty}${elsewhereNote(draft)}${note}` };
}

function elsewhereNote({ trailers }: Pick<DraftBranch, "trailers">): string {
  return trailers?.lifecycle === "proposed" ? "; its commit is a proposal that was not made here" : "";
}
