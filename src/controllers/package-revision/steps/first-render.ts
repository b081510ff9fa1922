import type { DraftBase, RenderingStatus } from "../../../api/v1alpha1/package-revision-status.ts";
import { placeProblems } from "../../../core/files/merge.ts";
import { type PackageFile, type ShownPackage, showFiles, shownBytes } from "../../../core/files/package-file.ts";
import type { TreeEdit } from "../../../core/files/tree-edit.ts";
import { type Oid, objectFormatOf } from "../../../core/identity/oid.ts";
import { OPERATOR } from "../../../core/identity/person.ts";
import type { RenderRequest } from "../../../core/ports/package-store.ts";
import { recordedRender, renderingStatus } from "../../../core/processing/digests.ts";
import { applyChanges } from "../../../core/processing/process-package.ts";
import { mayRender } from "../../../core/render/may-render.ts";
import type { CommitMetadata } from "../../../core/revision/commit-trailers.ts";
import { nestedFolders, type RevisionView } from "../../../core/revision/observation.ts";
import { checkAhead } from "../checks/report-files.ts";
import { canWait, hasChanges, processFirst, type RenderedChanges } from "../processing/process-contents.ts";
import { digestOf } from "../resources/precompute-hashes.ts";
import type { RevisionScope } from "../scope.ts";
import { planFiles } from "./commit-edits.ts";
import { fileSizeProblem } from "./file-size-problem.ts";
import type { FirstFiles } from "./first-files.ts";

/** The first files as contents objects will show them; undefined for those that are read once they are pushed. */
export async function readAhead(
  { store, admit }: RevisionScope,
  view: RevisionView,
  { files, size }: FirstFiles,
): Promise<ShownPackage | undefined> {
  if ("length" in files) return canWait(files) ? showFiles(files) : undefined;
  // Files of a large package are read once the render begins.
  return size !== undefined && canWait([{ bytes: { length: size } }])
    ? await store.readTree(view, files.tree, admit)
    : undefined;
}

/** What a render makes of the first files of a draft. */
export interface FirstRender {
  /** The files before, without those that are not shown. */
  readonly before: readonly PackageFile[];
  readonly wanted: ReadonlyMap<string, Uint8Array>;
  readonly edits: readonly TreeEdit[];
  /** `contentDigest` of the files after. */
  readonly digest: string;
  readonly rendering: RenderingStatus;
  readonly rendered: RenderedChanges;
}

/**
 * Renders the first files before they are pushed, so that one push has both commits and the contents objects are
 * written once. Undefined if the render changes nothing, fails, makes what the package cannot have, or takes longer
 * than a new draft waits for it: then it comes after the draft, as that of an edit.
 */
export async function renderFirst(
  scope: RevisionScope,
  view: RevisionView,
  inGit: ShownPackage | undefined,
  base: DraftBase,
): Promise<FirstRender | undefined> {
  if (inGit === undefined || !mayRender(inGit.files)) return undefined;
  checkAhead(scope, inGit.files);
  const source = await digestOf(inGit.files);
  const rendered = await processFirst(scope, { view, digest: source, files: inGit.files, base });
  if (!hasChanges(rendered) || fileSizeProblem(rendered.changes.changed, "render") !== undefined) return undefined;
  const wanted = applyChanges(shownBytes(inGit.files), rendered.changes);
  const { edits, digest } = await planFiles(view, inGit, wanted, objectFormatOf(view.mainCommit));
  const rendering = renderingStatus(source, scope.object.spec.inputs, rendered.changes);
  return { before: inGit.files, wanted, edits, digest, rendering, rendered };
}

/** The metadata of the render's commit: that of the first commit, with the digest and the record of the render. */
export function renderMetadata(
  first: CommitMetadata,
  { digest, rendering }: FirstRender,
  source?: Oid,
): CommitMetadata {
  return { ...first, digest, render: recordedRender(rendering, source) };
}

/** The commit of the render. Undefined if its files clash with packages below: a later render reports that. */
export function renderRequest(
  view: RevisionView,
  workspace: string,
  first: CommitMetadata,
  render: FirstRender,
): RenderRequest | undefined {
  const nested = nestedFolders(view);
  if (placeProblems(render.before, render.wanted, nested).length > 0) return undefined;
  return {
    subject: `Render ${view.path} (${workspace})`,
    author: OPERATOR,
    edits: render.edits,
    trailers: (source) => renderMetadata(first, render, source),
  };
}
