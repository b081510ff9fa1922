import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { RepositoryCache } from "../../../controllers/repository/repository-cache.ts";
import { locationOf, packagePath } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import { draftRef, refsConflict, revisionRef, tombstoneRef } from "../../../core/identity/refs.ts";
import type { DraftBranch } from "../../../core/repository/classify-ref.ts";
import type { Discovered, PackageIndex } from "../../../core/repository/package-index.ts";
import type { RevisionView } from "../../../core/revision/observation.ts";
import type { Mirror } from "../mirror/mirror.ts";
import { compareWithMain, findFileInPlace, isComparedWithMain } from "./main-divergence.ts";

/** Looks at Git as the mirror has it now. */
export async function observeGit(state: RepositoryCache, object: PackageRevision): Promise<RevisionView> {
  await state.refresh();
  const { index, layout, mainRef, mainCommit } = state;
  const { mirror } = state.clone;
  const id = object.spec.packageRevID;
  const path = packagePath(layout, locationOf(id, layout));
  const found =
    findSettled(index, path, object) ??
    index.byName(object.metadata.name) ??
    (await findKnownDraft(state, path, object));
  const latest = index.latest(path);
  const tombstone =
    found?.kind === "published" ? mirror.refs().get(tombstoneRef(path, found.revision))?.commit : undefined;
  const previous = found?.kind === "published" ? index.previous(path, found.revision) : undefined;
  const nested = await Promise.all(
    index.nested(path).map(async (folder) => {
      const mainTree = mainCommit === undefined ? undefined : await mirror.reader.treeAt(mainCommit, folder);
      return { path: folder, ...(mainTree !== undefined && { mainTree }) };
    }),
  );
  const compared = isComparedWithMain(object, found);
  const fileInPlace =
    mainCommit !== undefined && (found === undefined || compared)
      ? await findFileInPlace(mirror.reader, mainCommit, path)
      : undefined;
  const branchLost = await findLost(mirror, found, object);
  const view = {
    layout,
    hadMain: state.hadMain,
    ...(fileInPlace !== undefined && { fileInPlace }),
    path,
    mainRef,
    ...(mainCommit !== undefined && { mainCommit }),
    ...(state.mainLost !== undefined && { mainLost: state.mainLost }),
    ...(branchLost !== undefined && { branchLost }),
    ...(found !== undefined && { found }),
    ...(latest !== undefined && { latest }),
    ...(previous !== undefined && { previous }),
    ...(tombstone !== undefined && { tombstone }),
    next: index.next(path),
    nested,
    enclosing: index.enclosing(path),
    conflictingRefs: found === undefined ? conflictingRefs(state, path, id.workspace) : [],
  };
  return { ...view, ...(compared ? await compareWithMain(state, view, object) : { own: {} }) };
}

/** What was published once is its tag, also where others moved it so that it now names another object. */
function findSettled(index: PackageIndex, path: string, { status }: PackageRevision): Discovered | undefined {
  const settled = status?.lifecycle === "published" || status?.lifecycle === "deletionProposed";
  return settled && status.revision !== undefined ? index.package(path)?.published.get(status.revision) : undefined;
}

/** What is known as a draft stays one, though its branch has nothing any more by which others would take it for that. */
async function findKnownDraft(
  { clone: { mirror }, layout }: RepositoryCache,
  path: string,
  { spec, status }: PackageRevision,
): Promise<DraftBranch | undefined> {
  const { workspace } = spec.packageRevID;
  const ref = draftRef(path, workspace);
  const commit = mirror.refs().get(ref)?.commit;
  if (commit === undefined || (status?.lifecycle !== "draft" && status?.lifecycle !== "proposed")) return undefined;
  const tree = await mirror.reader.treeAt(commit, path);
  const location = locationOf(spec.packageRevID, layout);
  return { kind: "draft", ref, path, location, workspace, commit, ...(tree !== undefined && { tree }) };
}

/** The commit that status shows of a draft, where its branch has gone on from another one. */
async function findLost(
  mirror: Mirror,
  found: Discovered | undefined,
  { status }: PackageRevision,
): Promise<Oid | undefined> {
  const shown = status?.lifecycle === "draft" ? status.commit : undefined;
  if (found?.kind !== "draft" || shown === undefined || shown === found.commit) return undefined;
  return (await mirror.history.contains(found.commit, shown)) ? undefined : shown;
}

function conflictingRefs(state: RepositoryCache, path: string, workspace: string): readonly string[] {
  const draft = draftRef(path, workspace);
  // The branch for packages may not be there yet, but it will be.
  const main = refsConflict(draft, state.mainRef) ? [state.mainRef] : [];
  const others = [draft, revisionRef(path, "v1")].flatMap((ref) => state.clone.mirror.findConflict(ref) ?? []);
  return [...main, ...others];
}
