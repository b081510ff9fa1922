import type { PackageRevision } from "../../api/package-revision.ts";
import type { Oid } from "../../core/change/change.ts";
import type { Discovered } from "../../core/discovery/package-index.ts";
import { sha256Hex } from "../../core/identity/hash.ts";
import { isBelow } from "../../core/identity/location.ts";
import { OPERATOR } from "../../core/identity/person.ts";
import { ABSENT, type GitView } from "../../core/lifecycle/observed.ts";
import type { ObjectReader } from "../../git/read.ts";
import type { RepositoryState } from "../repository/state.ts";

/** Only what is about to be published or deleted is compared with main: what has its tag is not about to be published. */
export function isComparedWithMain(
  { spec, status, metadata }: PackageRevision,
  found: Discovered | undefined,
): boolean {
  if (metadata.deletionTimestamp !== undefined) return true;
  return found?.kind !== "published" && spec.lifecycle === "published" && status?.lifecycle === "proposed";
}

/** The package's own files on main beside those it began from, those it has, and those of the latest revision. */
export async function compareWithMain(
  state: RepositoryState,
  view: Omit<GitView, "own">,
  object: PackageRevision,
): Promise<Pick<GitView, "own" | "mainChange" | "mainRevision" | "isMainOurs">> {
  const { reader } = state.clone.mirror;
  const { path, mainCommit, found, latest } = view;
  const nested = view.nested.map((one) => one.path);
  const describe = (tree: Oid | undefined) => describeFolder(reader, tree, path, nested);
  const mainTree = mainCommit === undefined ? undefined : await reader.treeAt(mainCommit, path);
  const [main, base, head, newest] = await Promise.all([
    mainCommit === undefined ? undefined : describe(mainTree),
    describe(await treeBegunFrom(state, path, object)),
    describe(found?.tree),
    describe(latest?.tree),
  ]);
  const own = { ...(main !== undefined && { main }), base, head, latest: newest };
  if (mainCommit === undefined || main === head) return { own };
  if (object.metadata.deletionTimestamp !== undefined) {
    return { own, isMainOurs: await isOurs(state, mainCommit, mainTree, view) };
  }
  if (main === base || main === newest) return { own };
  const began = object.status?.base?.commit;
  const mergeable = began !== undefined && (await describe(await reader.treeAt(began, path))) === base;
  const mainChange = await describeChange(state, mainCommit, view, mergeable);
  const published = [...(state.index.package(path)?.published.values() ?? [])];
  const mainRevision = published.find((one) => one.tree === mainTree)?.revision;
  return { own, ...(mainChange && { mainChange }), ...(mainRevision && { mainRevision }) };
}

/** The folder that a draft began with: as main had it, where it was made from that; else as its base revision has it. */
async function treeBegunFrom(
  state: RepositoryState,
  path: string,
  { status }: PackageRevision,
): Promise<Oid | undefined> {
  const { mainCommit, revision } = status?.base ?? {};
  if (mainCommit !== undefined) return await state.clone.mirror.reader.treeAt(mainCommit, path);
  return revision === undefined ? undefined : state.index.package(path)?.published.get(revision)?.tree;
}

async function describeChange(
  { clone: { mirror } }: RepositoryState,
  mainCommit: Oid,
  { path, nested, found }: Omit<GitView, "own">,
  mergeable: boolean,
): Promise<GitView["mainChange"]> {
  const except = nested.map((one) => one.path);
  const [change] = await mirror.history.changesOf(mainCommit, path, except, 1);
  if (change === undefined) return undefined;
  // The branch grew from main: where main had other files when it began, these are in its history and not in its files.
  const merged = mergeable && found !== undefined && (await mirror.history.contains(found.commit, change.commit));
  return { ...change, mergeable, merged };
}

async function isOurs(
  { clone: { mirror } }: RepositoryState,
  mainCommit: Oid,
  mainTree: Oid | undefined,
  { path, nested, found }: Omit<GitView, "own">,
): Promise<boolean> {
  if (mainTree === undefined || found?.tree === undefined) return false;
  const { reader, history } = mirror;
  const folders = nested.map((one) => one.path);
  const except = relativeTo(path, folders);
  const [change] = await history.changesOf(mainCommit, path, folders, 1);
  if (change === undefined || (await reader.commit(change.commit)).committer?.email !== OPERATOR.email) return false;
  const [files, ours] = await Promise.all([mainTree, found.tree].map((tree) => reader.files(tree, { except })));
  const known = new Map(ours?.map((file) => [file.path, file]));
  return files?.every(({ path, mode, oid }) => known.get(path)?.oid === oid && known.get(path)?.mode === mode) ?? false;
}

/** The first of the package's folder and those above it that is something else than a folder in that commit. */
export async function findFileInPlace(reader: ObjectReader, commit: Oid, path: string): Promise<string | undefined> {
  const parts = path.split("/");
  for (const [index, name] of parts.entries()) {
    const tree = await reader.treeAt(commit, parts.slice(0, index).join("/"));
    const entry = tree === undefined ? undefined : (await reader.entries(tree)).find((one) => one.name === name);
    if (entry === undefined) return undefined;
    if (entry.mode !== "040000") return parts.slice(0, index + 1).join("/");
  }
  return undefined;
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
