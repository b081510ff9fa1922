import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import { ANNOTATION_EDITED_BY, ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import { applyWanted, planEdits } from "../../../core/files/edits.ts";
import type { ShownPackage } from "../../../core/files/package-file.ts";
import { canonicalJson } from "../../../core/identity/canonical-json.ts";
import { objectFormatOf } from "../../../core/identity/oid.ts";
import { personOf } from "../../../core/identity/person.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import {
  type CommitMetadata,
  MAX_METADATA,
  nextMetadata,
  type RecordedMetadata,
} from "../../../core/revision/commit-trailers.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { editedVersions } from "../../../core/revision/page-versions.ts";
import { isRecorded } from "../../../core/revision/recorded-metadata.ts";
import { draftChange } from "../../../storage/git/package-store/package-changes.ts";
import { StalledError } from "../../shared/stalled-error.ts";
import type { Merged } from "../resources/merge-edits.ts";
import { digestOf, precomputeBlobOids } from "../resources/precompute-hashes.ts";
import { changerOf, commitOf, pushPlanned, type RevisionScope } from "../scope.ts";

export interface Committed {
  readonly commit: string;
  /** The package as the commit has it. */
  readonly read: ShownPackage;
  /** Its `contentDigest`. */
  readonly digest: string;
  readonly proposedAt?: string;
}

/** Commits what is new, if anything is. Undefined: the branch moved meanwhile. */
export async function commitEdits(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  merged: Merged,
  lifecycle: "draft" | "proposed",
): Promise<Committed | undefined> {
  const { inGit, wanted } = merged;
  const objectFormat = objectFormatOf(draft.commit);
  const edits = planEdits(view.path, inGit.files, wanted, objectFormat);
  await precomputeBlobOids(
    edits.flatMap((edit) => (edit.kind === "putFile" ? [edit.bytes] : [])),
    objectFormat,
  );
  const read = applyWanted(inGit, wanted, objectFormat);
  const digest = await digestOf(read.files);
  const trailers = { ...trailersFor(session, view, draft, lifecycle, digest), ...contentsOf(pages) };
  const stands = lifecycle === "draft" ? standsAsDraft(draft, pages) : hasTrailers(draft, trailers);
  if (edits.length === 0 && stands && isRecorded(session.object, draft.trailers)) {
    return { commit: draft.commit, read, digest, ...proposedAt(draft.trailers) };
  }
  checkMetadata(trailers.metadata);
  const subject = `${lifecycle === "proposed" ? "Propose" : edits.length > 0 ? "Edit" : "Update"} ${view.path} (${draft.workspace})`;
  const editor = edits.length > 0 ? personOf(lastEditor(session, pages)) : changerOf(session);
  const author = lifecycle === "proposed" ? personOf(trailers.proposedBy) : editor;
  const pushed = pushPlanned(session, lifecycle === "proposed" ? "propose" : "edit", (now) => {
    const same = now.found?.kind === "draft" && now.found.commit === draft.commit;
    return same ? draftChange(now, draft, edits, { subject, trailers, author }) : undefined;
  });
  // Beside the push, so that nobody waits for it.
  session.context.checks.prime(read.files);
  const refs = await pushed;
  if (refs === undefined) return undefined;
  return { commit: commitOf(refs, draft.ref), read, digest, ...proposedAt(trailers) };
}

function proposedAt(trailers: CommitMetadata | undefined): { readonly proposedAt?: string } {
  return trailers?.proposedAt === undefined ? {} : { proposedAt: trailers.proposedAt };
}

function trailersFor(
  session: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  lifecycle: "draft" | "proposed",
  digest: string,
): CommitMetadata {
  const by = session.object.metadata.annotations?.[ANNOTATION_PROPOSED_BY];
  const metadata = nextMetadata(session.object, draft.trailers?.metadata);
  const proposed =
    lifecycle === "proposed" ? { ...(by !== undefined && { proposedBy: by }), proposedAt: session.now } : {};
  return { path: view.path, workspace: draft.workspace, lifecycle, digest, ...proposed, metadata };
}

function contentsOf(pages: readonly PackageRevisionResources[]): Pick<CommitMetadata, "contents"> {
  const contents = editedVersions(pages);
  return contents === undefined ? {} : { contents };
}

/** True if the branch's head is this very proposal: pushed before, and cut off before status said so. */
function hasTrailers(draft: DraftBranch, trailers: CommitMetadata): boolean {
  const { lifecycle, digest, proposedBy } = draft.trailers ?? {};
  return lifecycle === trailers.lifecycle && digest === trailers.digest && proposedBy === trailers.proposedBy;
}

/**
 * False if the branch's head is a proposal of this object that came to nothing: its contents are frozen still. Any other proposal
 * is that of an operator of another cluster or namespace, and is left alone.
 */
function standsAsDraft(draft: DraftBranch, pages: readonly PackageRevisionResources[]): boolean {
  return draft.trailers?.lifecycle !== "proposed" || pages.every(({ status }) => status?.frozen === false);
}

function lastEditor(session: RevisionScope, pages: readonly PackageRevisionResources[]): string | undefined {
  const edited = pages.filter((page) => page.metadata.generation !== page.status?.observedGeneration);
  const names = edited.map((page) => page.metadata.annotations?.[ANNOTATION_EDITED_BY]?.split("\n").at(-1));
  return (
    names.findLast((name) => name !== undefined && name !== "") ??
    (edited.length > 0 ? session.observation.editors.at(-1) : undefined)
  );
}

/** Throws `MetadataTooLargeError`. */
export function checkMetadata(metadata: RecordedMetadata): void {
  if (canonicalJson(metadata).length > MAX_METADATA) throw new MetadataTooLargeError();
}

/** Labels, annotations and inputs that no commit message should carry. */
export class MetadataTooLargeError extends StalledError {
  override readonly name = "MetadataTooLargeError";
  constructor() {
    super(
      { reason: "MetadataTooLarge", retry: "never" },
      `spec, labels and annotations are larger than ${MAX_METADATA} characters of JSON: put large values into files of the package`,
    );
  }
}
