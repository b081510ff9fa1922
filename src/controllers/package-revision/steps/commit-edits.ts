import type { PackageRevisionResources } from "../../../api/v1alpha1/package-revision-resources.ts";
import type { RenderingStatus } from "../../../api/v1alpha1/package-revision-status.ts";
import { ANNOTATION_EDITED_BY, ANNOTATION_PROPOSED_BY } from "../../../api/v1alpha1/well-known.ts";
import { applyWanted, planEdits } from "../../../core/files/edits.ts";
import type { ShownPackage } from "../../../core/files/package-file.ts";
import { type ObjectFormat, objectFormatOf } from "../../../core/identity/oid.ts";
import { OPERATOR, personOf } from "../../../core/identity/person.ts";
import { recordedNames } from "../../../core/identity/recorded-names.ts";
import type { CommitRequest, Prepare } from "../../../core/ports/package-store.ts";
import { knownRendering, recordedRender } from "../../../core/processing/digests.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import { mayLackNames } from "../../../core/revision/attribution.ts";
import { mayHaveUnknownEditors } from "../../../core/revision/claimed-editors.ts";
import { type CommitMetadata, editedAfter } from "../../../core/revision/commit-trailers.ts";
import { recordedEditors } from "../../../core/revision/editor-trailers.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { editedVersions } from "../../../core/revision/page-versions.ts";
import { proposalDigest } from "../../../core/revision/proposal-digest.ts";
import { isRecorded, nextMetadata, type RecordedMetadata } from "../../../core/revision/recorded-metadata.ts";
import { checkAhead } from "../checks/report-files.ts";
import { editorsOf } from "../observe.ts";
import { processAhead } from "../processing/process-contents.ts";
import type { Merged } from "../resources/merge-edits.ts";
import { digestOf, precomputeBlobOids } from "../resources/precompute-hashes.ts";
import { changerOf, changersOf, prefixesOf, type RevisionScope } from "../scope.ts";
import { assertRecordable } from "./metadata-limit.ts";

export interface Committed {
  readonly commit: string;
  /** The package as the commit has it. */
  readonly read: ShownPackage;
  /** Its `contentDigest`. */
  readonly digest: string;
  /** The commit's own record; undefined for one of others. */
  readonly trailers: CommitMetadata | undefined;
  /** The metadata that the commit records. */
  readonly metadata: RecordedMetadata;
  readonly proposedAt?: string;
}

/** What a commit of a draft's branch is. */
export interface CommitKind {
  readonly lifecycle: "draft" | "proposed";
  /** The edits are those of this render. */
  readonly render?: RenderingStatus;
  /** The files are known to be the result of this render. */
  readonly rendered?: RenderingStatus | undefined;
}

/**
 * Commits edits and changed metadata, if there are any, as a draft or as a proposal. Undefined: the branch has moved in
 * the meantime. Throws the errors of `assertRecordable` and of the store.
 */
export async function commitEdits(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  merged: Merged,
  { lifecycle, render, rendered }: CommitKind,
): Promise<Committed | undefined> {
  const { store, object } = scope;
  const { edits, read, digest } = await planCommit(view, draft, merged);
  const before = await withBase(scope, view, draft);
  const trailers = trailersFor(scope, view, draft, pages, lifecycle, { digest, before, render, rendered });
  const { metadata } = trailers;
  const isCurrent = lifecycle === "draft" ? isCurrentDraft(draft, pages) : isSameProposal(draft, trailers);
  const isUnchanged = edits.length === 0 && isCurrent && isRecorded(object, prefixesOf(scope), draft.metadata);
  // Someone may have pushed a proposal of ours with other files on top of another base.
  if (isUnchanged && (lifecycle === "draft" || (await store.changesOnlyOwnFiles(view, draft)))) {
    return { commit: draft.commit, read, digest, trailers: draft.trailers, metadata, ...proposedAt(draft.trailers) };
  }
  assertRecordable(metadata);
  const update = draft.isTaken === true ? "Take" : "Update";
  const edit = render === undefined ? "Edit" : "Render";
  const verb = lifecycle === "proposed" ? "Propose" : edits.length > 0 ? edit : update;
  const lastOfEdits = () => (render === undefined ? personOf(lastEditor(scope, pages)) : OPERATOR);
  const editor = edits.length > 0 ? lastOfEdits() : changerOf(scope);
  const author = lifecycle === "proposed" ? personOf(trailers.proposedBy) : editor;
  const subject = `${verb} ${view.path} (${draft.workspace})`;
  const prepare = prepareUnmoved({ draft, edits, subject, trailers, author });
  const pushing = lifecycle === "proposed" ? store.propose(object, prepare) : store.commit(object, prepare);
  // While the push is under way, so that the checks add no latency.
  checkAhead(scope, read.files);
  if (render === undefined) processAhead(scope, trailers, { view, digest, files: read.files });
  const result = await pushing;
  if (result.kind === "aborted") return undefined;
  return { commit: result.commit, read, digest, trailers, metadata, ...proposedAt(trailers) };
}

/** What a commit changes, and the package as it is then, with its `contentDigest`. */
export async function planCommit(view: RevisionView, draft: DraftBranch, { inGit, wanted }: Merged) {
  return await planFiles(view, inGit, wanted, objectFormatOf(draft.commit));
}

/** The same of files that are about to be the first commit. */
export async function planFiles(
  view: RevisionView,
  inGit: ShownPackage,
  wanted: ReadonlyMap<string, Uint8Array>,
  objectFormat: ObjectFormat,
) {
  const edits = planEdits(view.path, inGit.files, wanted, objectFormat);
  const written = edits.flatMap((edit) => (edit.kind === "putFile" ? [edit.bytes] : []));
  await precomputeBlobOids(written, objectFormat);
  const read = applyWanted(inGit, wanted, objectFormat);
  return { edits, read, digest: await digestOf(read.files) };
}

/** Writes the commit only on top of the very commit that it was planned on. */
export function prepareUnmoved(request: CommitRequest): Prepare<CommitRequest, undefined> {
  return ({ found }) => {
    const isUnmoved = found?.kind === "draft" && found.commit === request.draft.commit;
    return isUnmoved ? { kind: "write", request, value: undefined } : { kind: "abort", value: undefined };
  };
}

/** The record of a branch that was pushed from outside has no base yet. May start git processes then. */
async function withBase({ store }: RevisionScope, view: RevisionView, draft: DraftBranch): Promise<RecordedMetadata> {
  const base = draft.metadata?.base ?? (await store.findDraftBase(view, draft));
  return { ...draft.metadata, base };
}

function proposedAt(trailers: CommitMetadata | undefined): { readonly proposedAt?: string } {
  return trailers?.proposedAt === undefined ? {} : { proposedAt: trailers.proposedAt };
}

interface TrailerOptions {
  readonly digest: string;
  readonly before: RecordedMetadata;
  readonly render: RenderingStatus | undefined;
  readonly rendered: RenderingStatus | undefined;
}

function trailersFor(
  scope: RevisionScope,
  view: RevisionView,
  draft: DraftBranch,
  pages: readonly PackageRevisionResources[],
  lifecycle: "draft" | "proposed",
  { digest, before, ...renders }: TrailerOptions,
): CommitMetadata {
  const { object, now, observation } = scope;
  const by = object.metadata.annotations?.[ANNOTATION_PROPOSED_BY];
  const contents = editedVersions(pages);
  const prefixes = prefixesOf(scope);
  const metadata = nextMetadata(object, prefixes, before);
  const lacksNames = mayLackNames(observation.policies, object, pages, isRecorded(object, prefixes, draft.metadata));
  const known = recordedEditors(draft, ...changersOf(object), ...editorsOf(pages));
  const editorsUnknown = mayHaveUnknownEditors(draft, known.editors ?? []) || lacksNames;
  return {
    path: view.path,
    workspace: draft.workspace,
    lifecycle,
    digest,
    ...(lifecycle === "proposed" && {
      proposalDigest: proposalDigest(digest, metadata),
      ...(by !== undefined && { proposedBy: by }),
      proposedAt: now,
    }),
    ...(contents !== undefined && { contents }),
    ...editedAfter(draft.trailers),
    ...renderTrailer(scope, draft, digest, renders),
    ...recordedEditors({ ...known, editorsUnknown }),
    metadata,
  };
}

/** The files may be those that a render made before: later commits record that as well. */
function renderTrailer(
  { object, dependencies }: RevisionScope,
  draft: DraftBranch,
  contentDigest: string,
  { render, rendered }: Pick<TrailerOptions, "render" | "rendered">,
): Pick<CommitMetadata, "render"> {
  if (render !== undefined) return { render: recordedRender(render, draft.commit) };
  const { functions } = dependencies.environment;
  const known = rendered ?? knownRendering(contentDigest, object.spec.inputs, draft.trailers, functions);
  return known === undefined ? {} : { render: recordedRender(known) };
}

/**
 * True if the branch's head is this very proposal: it was pushed, and the operator was ended before status recorded it.
 */
function isSameProposal(draft: DraftBranch, trailers: CommitMetadata): boolean {
  const { lifecycle, digest = "", proposedBy, metadata = {} } = draft.trailers ?? {};
  const isSame = proposalDigest(digest, metadata) === trailers.proposalDigest;
  return lifecycle === trailers.lifecycle && isSame && proposedBy === trailers.proposedBy;
}

/**
 * False if the branch's head is a proposal of this object that was not completed: its contents are still frozen. Any
 * other proposal was made by an operator of another cluster or namespace, and is left alone. False also for a branch
 * that was just taken: a commit records that it is a draft, so that another cluster knows it as one.
 */
function isCurrentDraft(draft: DraftBranch, pages: readonly PackageRevisionResources[]): boolean {
  if (draft.isTaken === true) return false;
  return draft.trailers?.lifecycle !== "proposed" || pages.every(({ status }) => status?.frozen === false);
}

function lastEditor({ observation }: RevisionScope, pages: readonly PackageRevisionResources[]): string | undefined {
  const edited = pages.filter((page) => page.metadata.generation !== page.status?.observedGeneration);
  const names = edited.map((page) => recordedNames(page.metadata.annotations?.[ANNOTATION_EDITED_BY]).at(-1));
  const named = names.findLast((name) => name !== undefined);
  return named ?? (edited.length > 0 ? observation.editors.at(-1) : undefined);
}
