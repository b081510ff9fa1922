import type { PackageRevision } from "../../../api/v1alpha1/package-revision.ts";
import type { RepositoryCache } from "../../../controllers/repository/repository-cache.ts";
import { sha256Hex } from "../../../core/identity/hash.ts";
import { relativeTo } from "../../../core/identity/location.ts";
import type { Oid } from "../../../core/identity/oid.ts";
import type { Discovered } from "../../../core/repository/package-index.ts";
import { ABSENT, type RevisionView } from "../../../core/revision/observation.ts";
import type { ObjectReader } from "../objects/object-reader.ts";
import { describeChange, isOurs } from "./main-changes.ts";

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
  state: RepositoryCache,
  view: Omit<RevisionView, "own">,
  object: PackageRevision,
): Promise<Pick<RevisionView, "own" | "mainChange" | "mainRevision" | "isMainOurs">> {
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
    // Drafts and older revisions leave main as it is, whosever it is.
    const matters = found?.kind === "published" && found.revision === latest?.revision;
    return { own, ...(matters && { isMainOurs: await isOurs(state.clone.mirror, mainCommit, mainTree, view) }) };
  }
  if (main === base || main === newest) return { own };
  const began = object.status?.base?.commit;
  const mergeable = began !== undefined && (await describe(await reader.treeAt(began, path))) === base;
  const mainChange = await describeChange(state.clone.mirror, mainCommit, view, mergeable);
  const published = [...(state.index.package(path)?.published.values() ?? [])];
  const mainRevision = published.find((one) => one.tree === mainTree)?.revision;
  return { own, ...(mainChange && { mainChange }), ...(mainRevision && { mainRevision }) };
}

/** The folder that a draft began with: as main had it, where it was made from that; else as its base revision has it. */
async function treeBegunFrom(
  state: RepositoryCache,
  path: string,
  { status }: PackageRevision,
): Promise<Oid | undefined> {
  const { mainCommit, revision } = status?.base ?? {};
  if (mainCommit !== undefined) return await state.clone.mirror.reader.treeAt(mainCommit, path);
  return revision === undefined ? undefined : state.index.package(path)?.published.get(revision)?.tree;
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
