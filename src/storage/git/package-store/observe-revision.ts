import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { isLocatedAt, locationOf, packagePath } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { draftRef, refsConflict, revisionRef, tombstoneRef } from "../../../core/identity/refs.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { Discovered } from "../../../core/repository/package-index.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import { readDraftRecord } from "./draft-record.ts";
import { compareWithMain, findFileInPlace, isComparedWithMain } from "./main-divergence.ts";
import type { MirrorReader } from "./mirror-reader.ts";
import { hasOnlyOperatorCommits } from "./operator-commits.ts";
import { isBegunBy, type RefIndex } from "./ref-index.ts";

/** The state of one package revision in Git, as the mirror has it now. Parameters: see `PackageStore.observe`. */
export async function observeRevision(
  index: RefIndex,
  object: PackageRevision,
  readShown?: () => Promise<Oid | undefined>,
  mayBeApproved = false,
): Promise<RevisionView> {
  await index.refresh();
  const { packages, layout, mainRef, mainCommit, mirror } = index;
  const id = object.spec.packageRevID;
  const path = packagePath(layout, locationOf(id, layout));
  const found = (await identifyOwn(index, object)) ?? (await findKnownDraft(index, path, object, readShown));
  const latest = packages.latest(path);
  const tombstone =
    found?.kind === "published" ? mirror.refs().get(tombstoneRef(path, found.revision))?.commit : undefined;
  const revision = object.status?.revision;
  const notVerified =
    found === undefined && revision !== undefined ? packages.notVerified(revisionRef(path, revision)) : undefined;
  const unreadable = found === undefined ? findUnreadable(index, path, object) : undefined;
  const previous = found?.kind === "published" ? packages.previous(path, found.revision) : undefined;
  const nested = await Promise.all(
    packages.nested(path).map(async (folder) => {
      const mainTree = mainCommit === undefined ? undefined : await mirror.reader.treeAt(mainCommit, folder);
      return { path: folder, ...(mainTree !== undefined && { mainTree }) };
    }),
  );
  const compared = isComparedWithMain(object, found, mayBeApproved);
  const fileInPlace =
    mainCommit !== undefined && (found === undefined || compared)
      ? await findFileInPlace(mirror.reader, mainCommit, path)
      : undefined;
  const branchLost = await findLostCommit(mirror, found, object, readShown);
  const isReturned = await isProposalReturned(mirror, found, object);
  // Asked for at the end alone: it starts a git process.
  const hasForeignCommits =
    object.metadata.deletionTimestamp !== undefined &&
    found?.kind === "draft" &&
    !(await hasOnlyOperatorCommits(mirror, mainCommit, found.commit, new Set([index.repository])));
  const view = {
    repository: index.repository,
    layout,
    ...(hasForeignCommits && { hasForeignCommits }),
    hadMain: index.hadMain,
    ...(fileInPlace !== undefined && { fileInPlace }),
    path,
    mainRef,
    ...(mainCommit !== undefined && { mainCommit }),
    ...(index.mainLost !== undefined && { mainLost: index.mainLost }),
    ...(branchLost !== undefined && { branchLost }),
    ...(isReturned && { isReturned }),
    ...(found !== undefined && { found }),
    ...(unreadable !== undefined && { unreadable }),
    ...(notVerified !== undefined && { notVerified }),
    ...(latest !== undefined && { latest }),
    ...(previous !== undefined && { previous }),
    ...(tombstone !== undefined && { tombstone }),
    next: packages.next(path),
    nested,
    enclosing: packages.enclosing(path),
    overlapping: found === undefined ? packages.overlapping(path) : [],
    conflictingRefs: found === undefined ? conflictingRefs(index, path, id.workspace) : [],
  };
  return { ...view, ...(compared ? await compareWithMain(index, view, object) : { own: {} }) };
}

/**
 * What the object stands for. A tag that names the workspace of an open draft whose branch is gone is its publication,
 * by an operator of another cluster, if its history has what the draft had. Any other does not take its object: such as
 * a tag that was published from an earlier draft of that name, was deleted, and is pushed again. May start a git
 * process.
 */
async function identifyOwn(index: RefIndex, object: PackageRevision): Promise<Discovered | undefined> {
  const found = index.identify(object);
  const { lifecycle, commit } = object.status ?? {};
  const isOpen = lifecycle === "draft" || lifecycle === "proposed";
  if (found?.kind !== "published" || !isOpen || commit === undefined) return found;
  // Of a publication of our own it is the very commit: no process is started for each.
  return found.commit === commit || (await index.mirror.history.contains(found.commit, commit)) ? found : undefined;
}

/**
 * A known draft stays one, though its branch no longer has anything that would classify it as a draft. A new object
 * takes a branch of its workspace that has a package and is nobody's draft; it has taken it if its contents objects
 * show the branch, whatever was asked for since.
 */
async function findKnownDraft(
  { mirror, layout, mainCommit, trusted, packages }: RefIndex,
  path: string,
  object: PackageRevision,
  readShown: (() => Promise<Oid | undefined>) | undefined,
): Promise<DraftBranch | undefined> {
  const { spec, status } = object;
  const { workspace } = spec.packageRevID;
  const ref = draftRef(path, workspace);
  const commit = mirror.refs().get(ref)?.commit;
  if (commit === undefined || !isLocatedAt(layout, path, spec.packageRevID)) return undefined;
  if (packages.isLateBranch(ref, isBegunBy(object))) return undefined;
  const isKnown = status?.lifecycle === "draft" || status?.lifecycle === "proposed";
  const isNew = status?.lifecycle === undefined && (spec.lifecycle === undefined || spec.lifecycle === "draft");
  const mayBeShown = status?.lifecycle === undefined && spec.lifecycle === "proposed";
  const shown = mayBeShown ? await readShown?.() : undefined;
  const isShown = shown !== undefined && (shown === commit || (await mirror.history.contains(commit, shown)));
  if (!isKnown && !isNew && !isShown) return undefined;
  const tree = await mirror.reader.treeAt(commit, path);
  const mainTree = mainCommit === undefined ? undefined : await mirror.reader.treeAt(mainCommit, path);
  const isTaken = tree !== undefined && tree !== mainTree;
  if (!isKnown && !isTaken) return undefined;
  const location = locationOf(spec.packageRevID, layout);
  const { recorded } = await readDraftRecord(mirror, mainCommit, ref, commit, trusted);
  const draft = { kind: "draft", ref, path, location, workspace, commit, ...recorded } as const;
  return { ...draft, ...(tree !== undefined && { tree }), ...(isTaken && { isTaken }) };
}

/** The ref of a package revision, if the remote has it and the mirror does not hold it. */
function findUnreadable(
  { mirror }: RefIndex,
  path: string,
  { spec, status }: PackageRevision,
): RevisionView["unreadable"] | undefined {
  const { workspace } = spec.packageRevID;
  const ref = status?.revision === undefined ? draftRef(path, workspace) : revisionRef(path, status.revision);
  const refused = mirror.refusedRefs().get(ref);
  return refused === undefined ? undefined : { ref, message: refused.message };
}

/**
 * The newest commit of a draft that users were shown, if it is missing from the history of the draft's branch. Status
 * has it only after the contents objects: the operator may have been ended between the two writes.
 */
async function findLostCommit(
  { history }: MirrorReader,
  found: Discovered | undefined,
  { status }: PackageRevision,
  readShown: (() => Promise<Oid | undefined>) | undefined,
): Promise<Oid | undefined> {
  if (found?.kind !== "draft" || status?.lifecycle !== "draft") return undefined;
  const shown = await readShown?.();
  for (const known of new Set([shown, status.commit])) {
    if (known === undefined || known === found.commit) continue;
    if (!(await history.contains(found.commit, known))) return known;
  }
  return undefined;
}

/**
 * True for the commit of a return to draft that was pushed right before an interruption: after the proposal, with its
 * files. The signature says neither: anybody may push what the operator signed for an earlier state of the draft.
 */
async function isProposalReturned(
  { history }: MirrorReader,
  found: Discovered | undefined,
  { status }: PackageRevision,
): Promise<boolean> {
  const { lifecycle, proposal, contentDigest } = status ?? {};
  if (found?.kind !== "draft" || lifecycle !== "proposed" || proposal === undefined) return false;
  const { trailers, commit } = found;
  if (trailers?.lifecycle !== "draft" || trailers.digest === undefined || trailers.digest !== contentDigest)
    return false;
  return commit !== proposal.commit && (await history.contains(commit, proposal.commit));
}

function conflictingRefs({ mainRef, mirror }: RefIndex, path: string, workspace: string): readonly string[] {
  const draft = draftRef(path, workspace);
  // The branch of published packages may not exist yet, but it will.
  const main = refsConflict(draft, mainRef) ? [mainRef] : [];
  const others = [draft, revisionRef(path, "v1")].flatMap((ref) => mirror.findConflict(ref) ?? []);
  return [...main, ...others];
}
