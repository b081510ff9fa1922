import type { PackageRevision } from "../../../../api/v1alpha1/package-revision.ts";
import { isBelow, locationOf, packagePath } from "../../../../core/identity/location.ts";
import type { Oid } from "../../../../core/identity/oid.ts";
import { draftRef, refsConflict, revisionRef, tombstoneRef } from "../../../../core/identity/refs.ts";
import type { DraftBranch } from "../../../../core/repository/classify-ref.ts";
import type { Discovered } from "../../../../core/repository/package-index.ts";
import { ABSENT, type RevisionView } from "../../../../core/revision/observation.ts";
import { isSettled } from "./api.ts";
import { LAYOUT, MAIN, type ModelMirror } from "./mirror.ts";
import { BY_US } from "./remote.ts";
import { filesIn } from "./trees.ts";

export function pathOf(object: Pick<PackageRevision, "spec">): string {
  return packagePath(LAYOUT, locationOf(object.spec.packageRevID, LAYOUT));
}

/** What Git says of a package revision by the mirror: as `controllers/package-revision/observe-git` collects it. */
export function viewOf(mirror: ModelMirror, object: PackageRevision): RevisionView {
  const { index, mainCommit, remote } = mirror;
  const path = pathOf(object);
  const { name } = object.metadata;
  const found = findSettled(mirror, path, object) ?? index.byName(name) ?? findKnownDraft(mirror, path, object);
  const latest = index.latest(path);
  const tombstone =
    found?.kind === "published" ? mirror.refs.get(tombstoneRef(path, found.revision))?.commit : undefined;
  const previous = found?.kind === "published" ? index.previous(path, found.revision) : undefined;
  const nested = index.nested(path).map((folder) => {
    const mainTree = mainCommit === undefined ? undefined : remote.treeAt(mainCommit, folder);
    return { path: folder, ...(mainTree !== undefined && { mainTree }) };
  });
  const { spec, status, metadata } = object;
  const compared =
    metadata.deletionTimestamp !== undefined ||
    (found?.kind !== "published" && spec.lifecycle === "published" && status?.lifecycle === "proposed");
  const fileInPlace =
    mainCommit !== undefined && (found === undefined || compared)
      ? findFileInPlace(mirror, mainCommit, path)
      : undefined;
  const branchLost = findLost(mirror, found, object);
  const view = {
    layout: LAYOUT,
    path,
    mainRef: MAIN,
    next: index.next(path),
    nested,
    enclosing: index.enclosing(path),
    hadMain: mirror.mainFollowed !== undefined || index.counts().published > 0,
    conflictingRefs: found === undefined ? conflictsOf(mirror, path, spec.packageRevID.workspace) : [],
    ...(fileInPlace !== undefined && { fileInPlace }),
    ...(mainCommit !== undefined && { mainCommit }),
    ...(mirror.mainLost !== undefined && { mainLost: mirror.mainLost }),
    ...(branchLost !== undefined && { branchLost }),
    ...(found !== undefined && { found }),
    ...(latest !== undefined && { latest }),
    ...(previous !== undefined && { previous }),
    ...(tombstone !== undefined && { tombstone }),
  };
  return { ...view, ...(compared ? compareWithMain(mirror, view, object) : { own: {} }) };
}

function findSettled(mirror: ModelMirror, path: string, { status }: PackageRevision): Discovered | undefined {
  if (!isSettled(status?.lifecycle) || status?.revision === undefined) return undefined;
  return mirror.index.package(path)?.published.get(status.revision);
}

function findKnownDraft(mirror: ModelMirror, path: string, { spec, status }: PackageRevision): DraftBranch | undefined {
  const { workspace } = spec.packageRevID;
  const ref = draftRef(path, workspace);
  const commit = mirror.refs.get(ref)?.commit;
  if (commit === undefined || (status?.lifecycle !== "draft" && status?.lifecycle !== "proposed")) return undefined;
  const tree = mirror.remote.treeAt(commit, path);
  const location = locationOf(spec.packageRevID, LAYOUT);
  return { kind: "draft", ref, path, location, workspace, commit, ...(tree !== undefined && { tree }) };
}

function findLost(mirror: ModelMirror, found: Discovered | undefined, { status }: PackageRevision): Oid | undefined {
  const shown = status?.lifecycle === "draft" ? status.commit : undefined;
  if (found?.kind !== "draft" || shown === undefined || shown === found.commit) return undefined;
  return mirror.contains(found.commit, shown) ? undefined : shown;
}

function conflictsOf(mirror: ModelMirror, path: string, workspace: string): readonly string[] {
  const wanted = [draftRef(path, workspace), revisionRef(path, "v1")];
  return [MAIN, ...mirror.refs.keys()].filter((ref) => wanted.some((one) => refsConflict(one, ref)));
}

function findFileInPlace({ remote }: ModelMirror, commit: Oid, path: string): string | undefined {
  return [...remote.filesAt(commit).keys()].find((file) => path === file || isBelow(path, file));
}

/** Equal for two folders whose own files are equal, packages below left out. */
function describe(mirror: ModelMirror, tree: Oid | undefined, view: Pick<RevisionView, "path" | "nested">): string {
  const except = view.nested.map((one) => one.path.slice(view.path.length + 1));
  const files = mirror.remote.trees.get(tree);
  const own = new Map([...files].filter(([path]) => !except.some((one) => path === one || isBelow(path, one))));
  return mirror.remote.trees.id(own) ?? ABSENT;
}

function compareWithMain(
  mirror: ModelMirror,
  view: Omit<RevisionView, "own">,
  object: PackageRevision,
): Pick<RevisionView, "own" | "mainChange" | "mainRevision" | "isMainOurs"> {
  const { path, mainCommit, found, latest } = view;
  const { remote, index } = mirror;
  const treeOf = (commit: Oid | undefined) => (commit === undefined ? undefined : remote.treeAt(commit, path));
  const began = object.status?.base;
  const begunFrom =
    began?.mainCommit !== undefined
      ? treeOf(began.mainCommit)
      : began?.revision === undefined
        ? undefined
        : index.package(path)?.published.get(began.revision)?.tree;
  const base = describe(mirror, begunFrom, view);
  const head = describe(mirror, found?.tree, view);
  const newest = describe(mirror, latest?.tree, view);
  if (mainCommit === undefined) return { own: { base, head, latest: newest } };
  const main = describe(mirror, treeOf(mainCommit), view);
  const own = { main, base, head, latest: newest };
  if (main === head) return { own };
  if (object.metadata.deletionTimestamp !== undefined) {
    return { own, isMainOurs: isOurs(mirror, mainCommit, view) };
  }
  if (main === base || main === newest) return { own };
  const mergeable = began?.commit !== undefined && describe(mirror, treeOf(began.commit), view) === base;
  const change = changesOf(mirror, mainCommit, view)[0];
  const merged = mergeable && change !== undefined && found !== undefined && mirror.contains(found.commit, change);
  const author = change === undefined ? undefined : remote.commits.get(change)?.author;
  const published = [...(index.package(path)?.published.values() ?? [])];
  const mainRevision = published.find((one) => one.tree === treeOf(mainCommit))?.revision;
  return {
    own,
    ...(change !== undefined && { mainChange: { commit: change, author: author ?? "", mergeable, merged } }),
    ...(mainRevision !== undefined && { mainRevision }),
  };
}

function isOurs(mirror: ModelMirror, mainCommit: Oid, view: Pick<RevisionView, "path" | "nested" | "found">): boolean {
  const main = ownFiles(mirror, mainCommit, view);
  const [change = ""] = changesOf(mirror, mainCommit, view);
  if (main.size === 0 || view.found === undefined || mirror.remote.commits.get(change)?.author !== BY_US) return false;
  const known = ownFiles(mirror, view.found.commit, view);
  return [...main].every(([path, text]) => known.get(path) === text);
}

/** The commits that changed a folder, the newest first: as `git log -- FOLDER` simplifies the history. */
export function changesOf(mirror: ModelMirror, from: Oid, view: Pick<RevisionView, "path" | "nested">): readonly Oid[] {
  const { remote } = mirror;
  const at = (commit: Oid) => describe(mirror, remote.treeAt(commit, view.path), view);
  const changes: Oid[] = [];
  for (let commit: Oid | undefined = from; commit !== undefined; ) {
    const now = at(commit);
    const parents: readonly Oid[] = remote.commits.get(commit)?.parents ?? [];
    const same: Oid | undefined = parents.find((one) => at(one) === now);
    if (same === undefined && (parents.length > 0 || now !== ABSENT)) changes.push(commit);
    commit = same ?? parents[0];
  }
  return changes;
}

/** What a commit has of a package, without the packages below it. */
export function ownFiles(mirror: ModelMirror, commit: Oid, view: Pick<RevisionView, "path" | "nested">) {
  return filesIn(
    mirror.remote.filesAt(commit),
    view.path,
    view.nested.map((one) => one.path),
  );
}
