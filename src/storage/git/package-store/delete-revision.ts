import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { DeleteRequest, DeleteResult, Prepare } from "../../../core/ports/package-store.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { GitChange } from "../push/change.ts";
import type { CommitTexts } from "./commit-text.ts";
import { tagForDeleted, tagForUnbegun } from "./deleted-drafts.ts";
import type { MirrorReader } from "./mirror-reader.ts";
import { deleteDraftChange, deletePublishedChange, deleteUnbegunChange } from "./package-changes.ts";
import type { PlannedWrites } from "./planned-writes.ts";

interface Deletion {
  readonly request: DeleteRequest;
  /** The tag that keeps the end of a draft. */
  readonly keptAs?: string;
}

/** @param tags that the deletion creates and deletes */
export async function deleteRevision<V>(
  planned: PlannedWrites,
  mirror: MirrorReader,
  { revision, tags }: { readonly revision: PackageRevision; readonly tags: number },
  prepare: Prepare<DeleteRequest, V>,
): Promise<DeleteResult<V>> {
  const { refs, value: found } = await planned.submit<Deletion, { readonly value: V; readonly keptAs?: string }>(
    "delete",
    revision,
    async (view) => {
      const prepared = await prepare(view);
      const { kind, value } = prepared;
      if (kind === "abort") return { kind, value: { value } };
      const { request } = prepared;
      const isKept = request.kind === "draft" && request.keep;
      const kept = isKept ? { keptAs: tagForDeleted(mirror, request.draft) } : {};
      return { kind, request: { request, ...kept }, value: { value, ...kept } };
    },
    (view, { request, keptAs }, texts) => {
      if (request.kind === "published") return deletePublishedChange(view, request.published, request, texts);
      const { uid } = revision.metadata;
      if (request.kind === "unbegun") return recordDeletion(view, mirror, revision, texts);
      // The draft may have been restored from it.
      const isThere = keptAs !== undefined && mirror.refs().has(keptAs);
      return deleteDraftChange(view, request.draft, texts, { uid, keptAs: isThere ? undefined : keptAs });
    },
    tags,
  );
  return refs === undefined ? { kind: "aborted", value: found.value } : { kind: "written", ...found };
}

/**
 * The tag that records the deletion of an unbegun draft. No steps if the tag exists, since an operator that was killed
 * has pushed it, or without a published branch: no draft can begin there.
 */
function recordDeletion(
  view: RevisionView,
  mirror: MirrorReader,
  { metadata, spec }: PackageRevision,
  texts: CommitTexts,
): GitChange {
  const { uid } = metadata;
  const { workspace } = spec.packageRevID;
  const nothing = { steps: [], claims: [] };
  if (uid === undefined || view.mainCommit === undefined) return nothing;
  const ref = tagForUnbegun(view.path, workspace, uid);
  if (mirror.refs().has(ref) || mirror.findConflict(ref) !== undefined) return nothing;
  return deleteUnbegunChange(view, { uid, workspace, ref, target: view.mainCommit }, texts);
}
