import type { PackageRevision } from "../../api/package-revision.ts";
import type { Oid } from "../../core/change/change.ts";
import type { Discovered, PackageIndex } from "../../core/discovery/package-index.ts";
import { sha256Hex } from "../../core/identity/hash.ts";
import { isBelow, locationOf, packagePath } from "../../core/identity/location.ts";
import { draftRef, refsConflict, revisionRef } from "../../core/identity/refs.ts";
import type { GitView } from "../../core/lifecycle/observed.ts";
import type { ObjectReader } from "../../git/read.ts";
import type { RepositoryState } from "../repository/state.ts";

/** What is the same for equal files: of a folder that is not there. */
const ABSENT = "absent";

/** Looks at Git as the mirror has it now. */
export async function observeGit(state: RepositoryState, object: PackageRevision): Promise<GitView> {
  await state.refresh();
  const { index, layout, mainRef, mainCommit } = state;
  const { reader } = state.clone.mirror;
  const id = object.spec.packageRevID;
  const path = packagePath(layout, locationOf(id, layout));
  const found = findSettled(index, path, object) ?? index.byName(object.metadata.name);
  const latest = index.latest(path);
  const previous = found?.kind === "published" ? index.previous(path, found.revision) : undefined;
  const nested = await Promise.all(
    index.nested(path).map(async (folder) => {
      const mainTree = mainCommit === undefined ? undefined : await reader.treeAt(mainCommit, folder);
      return { path: folder, ...(mainTree !== undefined && { mainTree }) };
    }),
  );
  const compared = comparesMain(object, found);
  const fileInPlace =
    mainCommit === undefined || !(found === undefined || compared)
      ? undefined
      : await findFile(reader, mainCommit, path);
  const view = {
    layout,
    hasPublished: index.counts().published > 0,
    ...(fileInPlace !== undefined && { fileInPlace }),
    path,
    mainRef,
    ...(mainCommit !== undefined && { mainCommit }),
    ...(found !== undefined && { found }),
    ...(latest !== undefined && { latest }),
    ...(previous !== undefined && { previous }),
    next: index.next(path),
    nested,
    enclosing: index.enclosing(path),
    conflictingRefs: found === undefined ? conflictingRefs(state, path, id.workspace) : [],
  };
  if (!compared) return { ...view, own: {} };
  const own = await ownFiles(reader, view, object);
  const { main, base, head } = own;
  if (mainCommit === undefined || main === base || main === head || main === own.latest) return { ...view, own };
  const except = nested.map((one) => one.path);
  const mainChange = await state.clone.mirror.lastChange(mainCommit, path, except);
  return { ...view, own, ...(mainChange !== undefined && { mainChange }) };
}

/** What was published once is its tag, also where others moved it so that it now names another object. */
function findSettled(index: PackageIndex, path: string, { status }: PackageRevision): Discovered | undefined {
  const settled = status?.lifecycle === "published" || status?.lifecycle === "deletionProposed";
  return settled && status.revision !== undefined ? index.package(path)?.published.get(status.revision) : undefined;
}

/** Only what is about to be published or deleted is compared with main: what has its tag is not about to be published. */
function comparesMain({ spec, status, metadata }: PackageRevision, found: Discovered | undefined): boolean {
  if (metadata.deletionTimestamp !== undefined) return true;
  return found?.kind !== "published" && spec.lifecycle === "published" && status?.lifecycle === "proposed";
}

/** The first of the package's folder and those above it that is something else than a folder in that commit. */
async function findFile(reader: ObjectReader, commit: Oid, path: string): Promise<string | undefined> {
  const parts = path.split("/");
  for (const [index, name] of parts.entries()) {
    const tree = await reader.treeAt(commit, parts.slice(0, index).join("/"));
    const entry = tree === undefined ? undefined : (await reader.entries(tree)).find((one) => one.name === name);
    if (entry === undefined) return undefined;
    if (entry.mode !== "040000") return parts.slice(0, index + 1).join("/");
  }
  return undefined;
}

async function ownFiles(
  reader: ObjectReader,
  view: Omit<GitView, "own">,
  object: PackageRevision,
): Promise<GitView["own"]> {
  const { path, mainCommit, found, latest } = view;
  const nested = view.nested.map((one) => one.path);
  const base = object.status?.base?.commit;
  const [main, began, head, newest] = await Promise.all([
    mainCommit === undefined ? undefined : describeFolder(reader, await reader.treeAt(mainCommit, path), path, nested),
    base === undefined ? ABSENT : describeFolder(reader, await reader.treeAt(base, path), path, nested),
    describeFolder(reader, found?.tree, path, nested),
    describeFolder(reader, latest?.tree, path, nested),
  ]);
  return { ...(main !== undefined && { main }), base: began, head, latest: newest };
}

/** Equal for two folders whose own files are equal, packages below left out. */
async function describeFolder(
  reader: ObjectReader,
  tree: Oid | undefined,
  path: string,
  nested: readonly string[],
): Promise<string> {
  if (tree === undefined) return ABSENT;
  if (nested.length === 0) return tree;
  const files = await reader.files(tree, { except: relativeTo(path, nested) });
  if (files.length === 0) return ABSENT;
  return sha256Hex(files.map((file) => `${file.mode} ${file.oid} ${file.path}\n`).join(""));
}

/** Folders of packages below, from the package's own folder. */
export function relativeTo(path: string, nested: readonly string[]): ReadonlySet<string> {
  return new Set(nested.filter((one) => isBelow(one, path)).map((one) => one.slice(path.length + 1)));
}

function conflictingRefs(state: RepositoryState, path: string, workspace: string): readonly string[] {
  const draft = draftRef(path, workspace);
  // The branch for packages may not be there yet, but it will be.
  const main = refsConflict(draft, state.mainRef) ? [state.mainRef] : [];
  const others = [draft, revisionRef(path, "v1")].flatMap((ref) => state.clone.mirror.findConflict(ref) ?? []);
  return [...main, ...others];
}
