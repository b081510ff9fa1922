import { placeProblems } from "../../../core/files/merge.ts";
import { shownBytes } from "../../../core/files/package-file.ts";
import { renderingStatus } from "../../../core/processing/digests.ts";
import { applyChanges } from "../../../core/processing/process-package.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { type Blocker, nestedFolders, type RevisionView } from "../../../core/revision/observation.ts";
import { isEdited } from "../../../core/revision/page-versions.ts";
import { checkFiles } from "../checks/report-files.ts";
import { adoptRendered, type RenderedChanges, refuseChanges } from "../processing/process-contents.ts";
import type { Merged } from "../resources/merge-edits.ts";
import type { RevisionScope } from "../scope.ts";
import { commitEdits } from "./commit-edits.ts";
import { commitStatus } from "./commit-status.ts";
import { draftReadiness } from "./draft-ready.ts";
import { fileSizeProblem } from "./file-size-problem.ts";
import { reconcileAgain, resultWithBlocker, type StepResult } from "./step.ts";

/**
 * Commits what a render changes, as the operator, and shows it. Undefined: the contents were edited since; the edit
 * comes first, and is rendered with the rest.
 */
export async function commitRender(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  rendered: RenderedChanges,
  blocker: Blocker | undefined,
): Promise<StepResult | undefined> {
  const { object, contents, store } = scope;
  const pages = await contents.read(object, scope.admit);
  if (pages.length === 0 || pages.some((page) => isEdited(page) || page.status?.commit === undefined)) return undefined;
  const inGit = await store.readTree(view, draft.tree, scope.admit);
  const wanted = applyChanges(shownBytes(inGit.files), rendered.changes);
  const merged: Merged = { kind: "merged", inGit, wanted, rewrite: true };
  const nested = nestedFolders(view);
  const [problem] = placeProblems(inGit.files, wanted, nested);
  const refused = problem ?? fileSizeProblem(rendered.changes.changed, "render");
  if (refused !== undefined) {
    const processed = await refuseChanges(scope, draft, refused);
    if (processed.results !== undefined) await contents.updateResults(object, processed.results);
    return { ...resultWithBlocker(blocker, {}, draftReadiness(scope, draft, object.status?.files)), processed };
  }
  const source = object.status?.contentDigest ?? "";
  const render = renderingStatus(source, object.spec.inputs, rendered.changes);
  const committed = await commitEdits(scope, view, draft, pages, merged, { lifecycle: "draft", render });
  if (committed === undefined) return reconcileAgain();
  const { commit, read, digest, trailers } = committed;
  const report = checkFiles(scope, commit, read.files);
  const processed = await adoptRendered(scope, trailers, digest, withoutFiles(rendered));
  const pageStatus = { frozen: false, commit, read, report, results: processed.results } as const;
  await contents.replaceFiles(object, pages, read.shown, pageStatus);
  const readiness = draftReadiness(scope, draft, read.files.length);
  return { ...resultWithBlocker(blocker, commitStatus(commit, read, digest, draft), readiness), report, processed };
}

/** The result is kept as long as the draft is there. */
export function withoutFiles(rendered: RenderedChanges): RenderedChanges {
  const changes = { ...rendered.changes, changed: new Map(), removed: [] };
  return { ...rendered, changes, results: { ...rendered.results, render: changes } };
}
