import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { DeleteRequest, DeleteResult, Prepare } from "../../../core/ports/package-store.ts";
import { tagForDeleted } from "./deleted-drafts.ts";
import type { MirrorReader } from "./mirror-reader.ts";
import { deleteDraftChange, deletePublishedChange } from "./package-changes.ts";
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
      // The draft may have been restored from it.
      const isThere = keptAs !== undefined && mirror.refs().has(keptAs);
      return deleteDraftChange(view, request.draft, texts, isThere ? undefined : keptAs);
    },
    tags,
  );
  return refs === undefined ? { kind: "aborted", value: found.value } : { kind: "written", ...found };
}
