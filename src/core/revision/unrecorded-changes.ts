import type { PackageRevision } from "../../api/v1alpha1/package-revision.ts";
import type { PackageRevisionResources } from "../../api/v1alpha1/package-revision-resources.ts";
import { ANNOTATION_CHANGED_BY, ANNOTATION_EDITED_BY } from "../../api/v1alpha1/well-known.ts";
import { asRecorded, recordedNames } from "../identity/recorded-names.ts";
import type { DraftBranch } from "../repository/classify-ref.ts";
import type { MetadataPrefixes } from "./metadata-keys.ts";
import { containsUnacknowledged } from "./page-versions.ts";
import { isAcknowledged, isRecorded } from "./recorded-metadata.ts";

/** A change of a draft that status does not acknowledge yet. */
export interface DraftChange {
  /** The user; absent if not known, as of a pushed commit. */
  readonly by?: string;
  /** The predicate of a sentence whose subject is the user. */
  readonly what: string;
  readonly isPush?: boolean;
}

/**
 * The changes of a draft that are not acknowledged: edits of its files, changes of spec, labels or annotations, and a
 * pushed commit. Of several edits of one page since its acknowledgement only the last editor is certain, so that all
 * its editors are named.
 *
 * @param pages as the API server has them; the operator acknowledges nothing between that read and its decision
 */
export function unrecordedChanges(
  object: PackageRevision,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  prefixes: MetadataPrefixes,
): readonly DraftChange[] {
  return [...editsOf(pages), ...metadataChange(object, draft, prefixes), ...pushedCommit(object, draft, pages)];
}

/** The first change that the proposer did not make: it takes the request to propose back. */
export function changeByOthers(changes: readonly DraftChange[], proposer: string | undefined): DraftChange | undefined {
  const self = proposer === undefined ? undefined : asRecorded(proposer);
  return changes.find(({ by, isPush }) => isPush === true || by !== self);
}

function editsOf(pages: readonly PackageRevisionResources[]): readonly DraftChange[] {
  return pages.flatMap(({ metadata, status }) => {
    const edits = (metadata.generation ?? 1) - (status?.observedGeneration ?? 1);
    if (edits <= 0) return [];
    const names = recordedNames(metadata.annotations?.[ANNOTATION_EDITED_BY]);
    const editors = edits === 1 ? names.slice(-1) : names;
    const what = `edited ${metadata.name}`;
    return editors.length === 0 ? [{ what }] : editors.map((by) => ({ by, what }));
  });
}

/** Recorded in status, or on the branch if the operator was ended before it wrote status. */
function metadataChange(
  object: PackageRevision,
  { metadata }: DraftBranch,
  prefixes: MetadataPrefixes,
): readonly DraftChange[] {
  if (object.status?.metadataDigest === undefined || isAcknowledged(object, prefixes)) return [];
  if (isRecorded(object, prefixes, metadata)) return [];
  const by = recordedNames(object.metadata.annotations?.[ANNOTATION_CHANGED_BY]).at(-1);
  return [{ ...(by !== undefined && { by }), what: "changed its spec, labels or annotations" }];
}

/**
 * A commit that the operator neither pushed right before an interruption nor shows. One that a page shows was
 * acknowledged before an interruption kept it out of the package revision's status.
 */
function pushedCommit(
  { status }: PackageRevision,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
): readonly DraftChange[] {
  if (status?.commit === undefined || status.commit === draft.commit) return [];
  if (isUnacknowledged(status, draft, pages) || pages.some((page) => page.status?.commit === draft.commit)) return [];
  return [{ what: `pushed commit ${draft.commit} to ${draft.ref}`, isPush: true }];
}

/**
 * True for a commit that may have been pushed right before an interruption. The signature does not say when: anybody
 * may push what the operator signed for an earlier draft of that name, or for one of another namespace. So it is one
 * with an edit that no page acknowledges, one that changes no file, or the render of the commit that status has.
 */
function isUnacknowledged(
  { contentDigest, commit }: NonNullable<PackageRevision["status"]>,
  { trailers }: DraftBranch,
  pages: readonly PackageRevisionResources[],
): boolean {
  if (trailers === undefined) return false;
  const { contents, digest, render } = trailers;
  if (render?.source !== undefined && render.source === commit) return true;
  const isSame = digest !== undefined && digest === contentDigest;
  return isSame || (contents !== undefined && containsUnacknowledged(contents, pages));
}
