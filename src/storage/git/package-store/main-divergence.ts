import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import { sha256Hex } from "../../../core/identity/hash.ts";
import { relativeTo } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { OwnTree } from "../../../core/ports/package-store.ts";
import type { Discovered } from "../../../core/repository/package-index.ts";
import { ABSENT, type RevisionView } from "../../../core/revision/observation.ts";
import { describeChange, isOperatorsOwn } from "./last-main-change.ts";
import type { PackageReader } from "./mirror-reader.ts";
import type { RefIndex } from "./ref-index.ts";

/**
 * Only a revision that is about to be published or deleted is compared with main: the comparison costs several reads.
 */
export function isComparedWithMain(
  { spec, status, metadata }: PackageRevision,
  found: Discovered | undefined,
): boolean {
  if (metadata.deletionTimestamp !== undefined) return true;
  return found?.kind !== "published" && spec.lifecycle === "published" && status?.lifecycle === "proposed";
}

/**
 * Compares the package's own files on main with those the draft began from, those it has, and those of the latest
 * revision. Starts a `git log` only where main differs from all of them.
 */
export async function compareWithMain(
  index: RefIndex,
  view: Omit<RevisionView, "own">,
  object: PackageRevision,
): Promise<Pick<RevisionView, "own" | "mainChange" | "mainRevision" | "isMainOurs">> {
  const { mirror, packages } = index;
  const { reader } = mirror;
  const { path, mainCommit, found, latest } = view;
  const nested = view.nested.map((one) => one.path);
  const began = await readBaseTree(index, path, object);
  const published = found?.kind === "published" ? found.nested : undefined;
  // One form for all, so that equal files have equal texts.
  const isListed = [nested, began?.nested, published, latest?.nested].some((one = []) => one.length > 0);
  const describe = async (tree: Oid | undefined, more: readonly string[] = []) =>
    isListed ? await describeFiles(reader, tree, path, [...nested, ...more]) : (tree ?? ABSENT);
  const mainTree = mainCommit === undefined ? undefined : await reader.treeAt(mainCommit, path);
  const [main, base, head, newest] = await Promise.all([
    mainCommit === undefined ? undefined : describe(mainTree),
    describe(began?.tree, began?.nested),
    describe(found?.tree, published),
    describe(latest?.tree, latest?.nested),
  ]);
  const own = { ...(main !== undefined && { main }), base, head, latest: newest };
  if (mainCommit === undefined || main === head) return { own };
  if (object.metadata.deletionTimestamp !== undefined) {
    // Deleting a draft or an older revision does not change main.
    const isLatest = found?.kind === "published" && found.revision === latest?.revision;
    return { own, ...(isLatest && { isMainOurs: await isOperatorsOwn(mirror, mainCommit, mainTree, view) }) };
  }
  if (main === base || main === newest) return { own };
  const beganAt = object.status?.base?.commit;
  const mergeable = beganAt !== undefined && (await describe(await reader.treeAt(beganAt, path))) === base;
  const mainChange = await describeChange(mirror, mainCommit, view, mergeable);
  const revisions = [...(packages.package(path)?.published.values() ?? [])];
  const mainRevision = revisions.find((one) => one.tree === mainTree)?.revision;
  return { own, ...(mainChange && { mainChange }), ...(mainRevision && { mainRevision }) };
}

/** The tree that a draft began with: main's, if the draft was made from main, else that of its base revision. */
async function readBaseTree(
  { mirror, packages }: RefIndex,
  path: string,
  { status }: PackageRevision,
): Promise<OwnTree | undefined> {
  const { mainCommit, revision } = status?.base ?? {};
  if (mainCommit === undefined)
    return revision === undefined ? undefined : packages.package(path)?.published.get(revision);
  const tree = await mirror.reader.treeAt(mainCommit, path);
  return tree === undefined ? undefined : { tree };
}

/** The first of the package's folder and the folders above it that is not a folder in this commit. */
export async function findFileInPlace(reader: PackageReader, commit: Oid, path: string): Promise<string | undefined> {
  const parts = path.split("/");
  for (const [index, name] of parts.entries()) {
    const tree = await reader.treeAt(commit, parts.slice(0, index).join("/"));
    const entry = tree === undefined ? undefined : (await reader.entries(tree)).find((one) => one.name === name);
    if (entry === undefined) return undefined;
    if (entry.mode !== "040000") return parts.slice(0, index + 1).join("/");
  }
  return undefined;
}

/** Equal for two folders whose own files are equal; packages below are left out. */
async function describeFiles(
  reader: PackageReader,
  tree: Oid | undefined,
  path: string,
  nested: readonly string[],
): Promise<string> {
  if (tree === undefined) return ABSENT;
  const files = await reader.files(tree, { except: relativeTo(path, nested) });
  if (files.length === 0) return ABSENT;
  return sha256Hex(files.map((file) => `${file.mode} ${file.oid} ${file.path}\n`).join(""));
}
